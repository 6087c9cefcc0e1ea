import { BadInput } from '../../core/errors.ts';

/** State that cannot be read: one line that names the directory and what to do. */
export function damaged(directory: string, cause: unknown): BadInput {
  return new BadInput(
    `the data in ${directory} is damaged: restore it from a backup, or move the directory away to start empty (what was found and decided so far is lost)`,
    { cause },
  );
}
