import { expect, it } from 'vitest';
import { describeWith } from '../support/need.ts';
import { runVerb } from './support/portcullis.ts';
import { dataDir, open, up } from './support/scene.ts';

const PORT = 6379;
const FIVE = ['127.7.7.10', '127.7.7.11', '127.7.7.12', '127.7.7.13', '127.7.7.14'];
/** Where somebody listens. Nobody does at those between them. */
const TWO = ['127.7.7.10', '127.7.7.13'];

const TARGETS: readonly [how: string, targets: readonly string[], addresses: readonly string[]][] = [
  ['a range that is no network', ['127.7.7.10-127.7.7.14'], FIVE],
  ['a short range', ['127.7.7.10-14'], FIVE],
  ['a list with commas', ['127.7.7.10,127.7.7.13'], TWO],
  ['several words', ['127.7.7.10', '127.7.7.13'], TWO],
  ['two networks', ['127.7.7.10/31,127.7.7.12/31'], FIVE.slice(0, 4)],
  ['both families', ['127.7.7.10', '127.7.7.13', '::1'], [...TWO, '::1']],
];

interface Seen {
  codes: (number | null)[];
  /** Address and its open ports, a line each with `--json`. */
  lines: unknown[];
  /** The cells of the table for people. */
  rows: string[][];
}

/** What a scan of `targets` prints with `--json`, and for people. */
async function seenBy(data: string, targets: readonly string[]): Promise<Seen> {
  const args = ['scan', ...targets, '--ports', String(PORT)];
  const json = await runVerb(['--data', data, '--json', ...args], { cwd: '/' });
  const text = await runVerb(['--data', data, ...args], { cwd: '/' });
  const lines = json.out.split('\n').slice(0, -1);
  const table = text.out.split('\n');
  return {
    codes: [json.code, text.code],
    lines: lines.map((line) => {
      const { address, open: ports } = JSON.parse(line) as { address: string; open: { port: number }[] };
      return [address, ports.map(({ port }) => port)];
    }),
    rows: table.slice(1, table.indexOf('')).map((line) => line.split(/ +/)),
  };
}

const expected = (addresses: readonly string[]): Seen => ({
  codes: [0, 0],
  lines: addresses.map((address) => [address, TWO.includes(address) ? [PORT] : []]),
  rows: TWO.map((address) => [address, String(PORT)]),
});

describeWith(['private network'], 'a scan of addresses that are not one network', () => {
  it.each(TARGETS)(
    '%s gives one line an address, and the table',
    { timeout: 60_000 },
    async (_, targets, addresses) => {
      for (const address of TWO) await open(PORT, address);
      expect(await seenBy(await dataDir(), targets)).toEqual(expected(addresses));
    },
  );

  it('gives the same while portcullis runs', { timeout: 120_000 }, async () => {
    for (const address of TWO) await open(PORT, address);
    const data = await dataDir();
    await up(data, ['--targets', '127.7.7.9', '--ports', '9', '--cadence', '1h']);
    for (const [how, targets, addresses] of TARGETS) {
      expect([how, await seenBy(data, targets)]).toEqual([how, expected(addresses)]);
    }
  });
});
