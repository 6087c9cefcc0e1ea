import { readFile } from 'node:fs/promises';
import { Refused } from '../../core/errors.ts';
import type { KillSwitch } from '../../core/ports/kill-switch.ts';
import { fileProblem } from './files.ts';

/** On while the file exists; what it says is the reason. `touch DATA/kill-switch` stops everything, `rm` lets it go on. */
export class FileKillSwitch implements KillSwitch {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** @throws Refused when the file may exist but cannot be read. */
  async read(): Promise<{ on: boolean; reason: string | null }> {
    try {
      const reason = (await readFile(this.#path, 'utf8')).trim();
      return { on: true, reason: reason === '' ? null : reason };
    } catch (thrown) {
      if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return { on: false, reason: null };
      throw new Refused(`The kill switch ${this.#path} cannot be read (${fileProblem(thrown)}): it counts as on.`, {
        cause: thrown,
      });
    }
  }
}
