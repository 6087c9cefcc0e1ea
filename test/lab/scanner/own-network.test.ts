import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { NODE_FLAGS } from '../../../local/bootstrap/node-flags.mjs';
import { describeWith } from '../../support/need.ts';
import { aLinkLab } from '../../support/scanner/link-lab.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'local', 'main.ts');
/** Starts of the program take seconds on a busy machine, and 3.5 s go by until it is known that nobody has an address. */
const SLOW = 120_000;

describeWith(['root', 'ip'], "a scan of one's own network, most of whose addresses nobody has", () => {
  it.each(['', '--engine connect', '--engine syn'])(
    'ends with 0 and says how many those are (%s)',
    async (engine) => {
      const lab = aLinkLab();
      await lab.listen([22]);
      const data = await mkdtemp(join(tmpdir(), 'portcullis-test-'));
      onTestFinished(() => rm(data, { recursive: true, force: true }));
      const scan = async (): Promise<string> => {
        const args = `scan 10.209.2.0/24 --ports 22,80 ${engine}`.trim().split(' ');
        const command = [process.execPath, ...NODE_FLAGS, MAIN, '--data', data, ...args];
        return lab.scanner(['sh', '-c', 'cd "$0"; "$@" 2>&1; echo "ends with $?"', data, ...command]);
      };
      const said = await scan();
      expect(said).toContain('10.209.2.2  22\n');
      // All but this machine and the target: the broadcast address is one of them.
      expect(said).toContain("254 of 256 addresses are vacant: no machine of the scanner's own network has them\n");
      expect(said).not.toMatch(/warning|not known|unreachable/i);
      expect(said).toContain('ends with 0');
    },
    SLOW,
  );
});
