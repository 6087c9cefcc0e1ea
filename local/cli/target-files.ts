import { BadInput } from '../../core/errors.ts';
import { parseTargetList } from '../../core/net/targets.ts';

/** A file may name further files this deep. */
const MAX_DEPTH = 4;

/**
 * Target texts with every `@file` replaced by its lines: files belong to whoever types, not to the process that scans. `#` starts a comment.
 * @throws BadInput for a text that is no target, a file that cannot be read, or an empty list.
 */
export async function expandTargets(
  texts: readonly string[],
  readFile: (path: string) => Promise<string>,
  depth = 0,
): Promise<string[]> {
  const out: string[] = [];
  for (const target of parseTargetList(texts)) {
    switch (target.kind) {
      case 'addresses':
        out.push(target.text);
        break;
      case 'host':
        out.push(target.name);
        break;
      case 'label':
        out.push(`label:${target.label}`);
        break;
      case 'file': {
        if (depth >= MAX_DEPTH)
          throw new BadInput(`@${target.path}: target files may include each other ${MAX_DEPTH} deep.`);
        const lines = (await readFile(target.path)).split(/\r?\n/).map((line) => line.replace(/#.*$/, ''));
        out.push(...(await expandTargets(lines, readFile, depth + 1)));
      }
    }
  }
  return out;
}
