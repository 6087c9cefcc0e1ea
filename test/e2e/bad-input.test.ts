import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY_NAMES } from '../../core/config/schema.ts';
import { runVerb, temporaryDataDir } from './support/portcullis.ts';

/** The directory that the commands run in. */
let work: { path: string; remove: () => Promise<void> };

beforeAll(async () => {
  work = await temporaryDataDir();
});
afterAll(() => work.remove());

const LARGE =
  'at most 65,536 are allowed, 1,048,576 (an IPv4 /12, an IPv6 /108) with --yes-large. Name smaller networks.';
const TARGETS =
  'write an address (192.0.2.3, 2001:db8::10), a network (192.0.2.0/24) or a range (192.0.2.20-192.0.2.35).';
const NO_TARGETS = 'The list of targets is empty: write addresses, networks, ranges, host names, label:NAME or @file.';
const NO_LIST = 'the list is empty: write addresses, networks, ranges, host names or @file, or leave it out';

/** The whole line, or what its beginning must be where the rest is the system's or long. */
const fits = (said: string, line: string | RegExp): boolean =>
  typeof line === 'string' ? said === line : line.test(said);

describe(
  'a command line with a mistake in it prints one line, ends with 2 and makes nothing',
  { timeout: 30_000 },
  () => {
    it.each<[args: string[], line: string | RegExp]>([
      [['up', '--frob'], "unknown option '--frob' (see portcullis --help)"],
      [['up', '--tragets', '127.0.0.1'], "unknown option '--tragets' (Did you mean --targets?)"],
      [['frob'], "unknown command 'frob' (see portcullis --help)"],
      [['findngs'], "unknown command 'findngs' (Did you mean findings?)"],
      [['up', 'stray'], "too many arguments for 'up'. Expected 0 arguments but got 1: stray. (see portcullis --help)"],
      [
        ['up', '--targets', '10.0.0.0/33'],
        '--targets: "10.0.0.0/33" has no valid prefix: IPv4 prefixes are /0 to /32.',
      ],
      [
        ['up', '--targets', '127.0.0.1/28'],
        '--targets: "127.0.0.1/28" is an address inside a network: write 127.0.0.0/28 for the network or 127.0.0.1 for the address.',
      ],
      [['up', '--targets', '127.0.0.999'], `--targets: "127.0.0.999" is not an address: ${TARGETS}`],
      [
        ['up', '--targets', '192.0.2.9-192.0.2.3'],
        '--targets: Address range "192.0.2.9-192.0.2.3" is reversed: write 192.0.2.3-192.0.2.9.',
      ],
      [['up', '--targets', '10.0.0.0/8'], `--targets: 10.0.0.0/8 has 16,777,216 addresses: ${LARGE}`],
      [['up', '--targets', '10.0.0.0/8', '--yes-large'], `--targets: 10.0.0.0/8 has 16,777,216 addresses: ${LARGE}`],
      [
        ['up', '--targets', '10.0.0.0/12'],
        '--targets: 10.0.0.0/12 has 1,048,576 addresses: at most 65,536 (an IPv4 /16, an IPv6 /112) are allowed without --yes-large.',
      ],
      [['scan', '10.0.0.0/8'], `10.0.0.0/8 has 16,777,216 addresses: ${LARGE}`],
      [['up', '--targets', ','], `--targets: ${NO_LIST}`],
      [['up', '--targets', ''], `--targets: ${NO_LIST}`],
      [['up', '--targets', '@empty'], NO_TARGETS],
      [['up', '--targets', '@comment'], NO_TARGETS],
      [['up', '--targets', '@missing'], /^The target file "missing" cannot be read: ENOENT: no such file or directory/],
      [
        ['up', '--targets', 'no-such-host.invalid'],
        /^The host name "no-such-host\.invalid" does not resolve: getaddrinfo E/,
      ],
      [['up', '--targets', '224.0.0.1'], /^224\.0\.0\.1 is never scanned: /],
      [
        ['up', '--targets', '127.0.0.0/30', '--exclude', '127.0.0.0/8'],
        'No target is left: every address of 127.0.0.0/30 is excluded.',
      ],
      [['scan', '@empty'], NO_TARGETS],
      [['scan', '@missing'], /^The target file "missing" cannot be read: ENOENT/],
      [['up', '--ports', '0'], '--ports: Port 0 does not exist: ports are 1 to 65535.'],
      [['up', '--ports', '70000'], '--ports: Port 70000 does not exist: ports are 1 to 65535.'],
      [['up', '--ports', '90-80'], '--ports: Port range 90-80 is reversed: write 80-90.'],
      [['up', '--ports', ','], /^--ports: the list is empty: write ports such as/],
      [['scan', '127.0.0.1', '--ports', '70000'], 'Port 70000 does not exist: ports are 1 to 65535.'],
      [['up', '--rate', '0'], '--rate: 0 is out of range: write probes a second, 1 to 100000'],
      [['up', '--cadence', '0'], '--cadence: "0" is not a duration: write a number and s, m, h or d, 1s to 7d'],
      [
        ['up', '--mode', 'auto'],
        '--mode: "auto" needs the patterns that may be closed without asking: write auto: [{ match: 192.0.2.0/28, ports: [22, 3389] }] into the configuration, or mode: approve',
      ],
      [['up', '--listen', '0.0.0.0:80'], /^--listen: "0\.0\.0\.0:80" is not a loopback address: write 127\.0\.0\.1:80/],
      [
        ['up', '--listen', '127.0.0.1:70000'],
        '--listen: "127.0.0.1:70000" names port 70000: write 1 to 65535, or 0 for any free port',
      ],
      [['up', '--config', 'missing.yaml'], 'cannot read the configuration missing.yaml: there is no such file'],
      [['up', '--config', '.'], 'cannot read the configuration .: EISDIR: illegal operation on a directory, read'],
    ])('%j', async (args, line) => {
      await writeFile(join(work.path, 'empty'), '');
      await writeFile(join(work.path, 'comment'), '# nothing yet\n\n');
      const data = join(work.path, 'not-made');
      const { code, out, err } = await runVerb(['--data', data, ...args], { cwd: work.path });
      const lines = err.split('\n');
      expect({ code, out, lines: lines.length }).toEqual({ code: 2, out: '', lines: 2 });
      expect(lines[0]).toMatch(/^portcullis: /);
      const said = (lines[0] as string).slice('portcullis: '.length);
      expect({ said, fits: fits(said, line) }).toEqual({ said, fits: true });
      await expect(readdir(data)).rejects.toThrow('ENOENT');
    });
  },
);

describe('a configuration with mistakes prints a line for each and ends with 2', { timeout: 30_000 }, () => {
  const KEYS = `the keys are ${KEY_NAMES.join(', ')}.`;
  it.each<[yaml: string, lines: string[]]>([
    ['targets: [127.0.0.1\n', [expect.stringMatching(/^p\.yaml:\d+:\d+: not YAML: /)]],
    ['rates: 7\n', [`p.yaml:1: rates: there is no such key: ${KEYS} Did you mean "rate"?`]],
    ['mode: observe\nmode: propose\n', ['p.yaml:2:1: this key stands here a second time: write it once']],
    [
      'rate: fast\nports: {a: 1}\nyesLarge: maybe\nmode: auto\nlisten: 8.8.8.8:1\n',
      [
        'p.yaml:1: rate: "fast" is not a number: write probes a second, 1 to 100000',
        expect.stringMatching(/^p\.yaml:2: ports: \{"a":1\} is not a list: write ports such as/),
        expect.stringMatching(/^p\.yaml:3: yesLarge: "maybe" is not true or false/),
        'p.yaml:4: mode: "auto" needs the patterns that may be closed without asking: write auto: [{ match: 192.0.2.0/28, ports: [22, 3389] }] into the configuration, or mode: approve',
        expect.stringMatching(/^p\.yaml:5: listen: "8\.8\.8\.8:1" is not a loopback address/),
      ],
    ],
    ['- a\n', ['p.yaml:1: the file must hold keys, such as "mode: observe"']],
  ])('%j', async (yaml, lines) => {
    await writeFile(join(work.path, 'p.yaml'), yaml);
    const data = join(work.path, 'not-made');
    const { code, out, err } = await runVerb(['--data', data, '--config', 'p.yaml', 'up'], { cwd: work.path });
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(
      err
        .trimEnd()
        .split('\n')
        .map((line) => line.replace('portcullis: ', '')),
    ).toEqual(lines);
    await expect(readdir(data)).rejects.toThrow('ENOENT');
  });
});
