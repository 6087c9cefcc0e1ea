import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { NODE_FLAGS } from '../../../local/bootstrap/node-flags.mjs';
import { TasksJson } from '../../../web/shapes.ts';
import { describeWith } from '../../support/need.ts';
import { aLinkLab, type LinkLab } from '../../support/scanner/link-lab.ts';

const MAIN = join(import.meta.dirname, '..', '..', '..', 'local', 'main.ts');
const TARGET = '10.209.2.2';
/** Each start of the program takes seconds on a busy machine. */
const SLOW = 60_000;
const WITHOUT_NET_RAW = ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'];

interface Portcullis {
  /** What the command prints, stderr too, and its exit code as the last line. */
  run(args: string, before?: readonly string[]): Promise<string>;
}

async function aPortcullis(lab: LinkLab): Promise<Portcullis> {
  const data = await mkdtemp(join(tmpdir(), 'portcullis-test-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  return {
    run(args, before = []) {
      const command = [...before, process.execPath, ...NODE_FLAGS, MAIN, '--data', data, ...args.split(' ')];
      return lab.scanner(['sh', '-c', 'cd "$0"; "$@" 2>&1; echo "ends with $?"', data, ...command]);
    },
  };
}

describeWith(['root', 'ip', 'nmap', 'masscan'], 'a scan of another machine on one link', () => {
  it(
    'is by SYN where that works, and by the engine that was asked for; the record says which, and why not better',
    async () => {
      const lab = aLinkLab();
      await lab.listen([22, 80]);
      const portcullis = await aPortcullis(lab);
      const found = '10.209.2.2  22,80';

      const best = await portcullis.run(`scan ${TARGET} --ports 1-100`);
      expect(best).toContain(found);
      expect(best).toContain('engine syn; 0.0 % of answers lost, 0.0 openings expected to be missed\n');
      expect(best).toContain('ends with 0');

      const nmap = await portcullis.run(`scan ${TARGET} --ports 1-100 --engine nmap`);
      expect(nmap).toContain(found);
      expect(nmap).toMatch(/^engine nmap \d+\.\d+$/m);

      const less = await portcullis.run(`scan ${TARGET} --ports 1-100`, WITHOUT_NET_RAW);
      expect(less).toContain(found);
      expect(less).toContain('engine connect; no better one: CAP_NET_RAW is missing (socket(AF_PACKET): EPERM)\n');

      const [line = ''] = (await portcullis.run('tasks --json')).split('\n');
      const { runs } = TasksJson.parse(JSON.parse(line));
      const scans = runs.filter(({ taskId }) => taskId === 'scan');
      expect(scans.map(({ engines, whyNotBetter }) => ({ engines, whyNotBetter }))).toEqual([
        { engines: { connect: 1 }, whyNotBetter: ['CAP_NET_RAW is missing (socket(AF_PACKET): EPERM)'] },
        { engines: { [/nmap \S+/.exec(nmap)?.[0] ?? '']: 1 }, whyNotBetter: [] },
        { engines: { syn: 1 }, whyNotBetter: [] },
      ]);
      expect(scans.at(-1)?.estimate).toMatchObject({ loss: 0, missedOpen: 0, receiveDrops: 0 });
      expect(scans.at(-1)?.estimate?.probes).toBeGreaterThanOrEqual(100);
    },
    SLOW,
  );

  it(
    'is refused with the reason when the engine that was asked for cannot be used, and no other one takes its place',
    async () => {
      const lab = aLinkLab();
      const portcullis = await aPortcullis(lab);
      const before = 'portcullis: The engine';
      expect(await portcullis.run(`scan ${TARGET} --engine syn`, WITHOUT_NET_RAW)).toBe(
        `${before} syn cannot be used here, nothing is scanned: CAP_NET_RAW is missing (socket(AF_PACKET): EPERM): ` +
          'start it as root, or with the capability NET_RAW (containers: --cap-add NET_RAW)\nends with 2\n',
      );
      expect(await portcullis.run(`scan ${TARGET} --engine masscan`, WITHOUT_NET_RAW)).toMatch(
        /masscan cannot be used here, nothing is scanned: masscan \S+ needs CAP_NET_RAW, which is missing: .*\nends with 2\n$/,
      );
      expect(await portcullis.run(`scan ${TARGET} --engine nmap`, ['env', 'PATH=/nowhere'])).toBe(
        `${before} nmap cannot be used here, nothing is scanned: ` +
          'nmap is not installed: install its package, or name another engine\nends with 2\n',
      );
      expect(await portcullis.run('tasks --json')).not.toContain('"taskId":"scan"');
    },
    SLOW,
  );
});
