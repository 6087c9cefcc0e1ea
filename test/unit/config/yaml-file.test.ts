import { chdir, cwd } from 'node:process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ConfigFlags, loadConfig } from '../../../adapters/config/yaml-file.ts';
import { messageOf } from '../../../core/errors.ts';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import { BadConfig } from '../../../core/config/problems.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

async function inDirectoryWith(yaml: string | null): Promise<void> {
  const before = cwd();
  const directory = await temporaryDirectory();
  if (yaml !== null) await writeFile(join(directory, 'portcullis.yaml'), yaml);
  chdir(directory);
  onTestFinished(() => chdir(before));
}

async function linesFor(yaml: string, flags: ConfigFlags = {}): Promise<readonly string[]> {
  await inDirectoryWith(yaml);
  try {
    await loadConfig({ flags });
  } catch (error) {
    if (error instanceof BadConfig) return error.lines;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('a good configuration', () => {
  it('is not needed: without a file the defaults hold', async () => {
    await inDirectoryWith(null);
    expect(await loadConfig()).toEqual(DEFAULT_SETTINGS);
  });

  it('gives the defaults when the file is empty or holds comments only', async () => {
    await inDirectoryWith('# nothing yet\n');
    expect(await loadConfig()).toEqual(DEFAULT_SETTINGS);
  });

  it('is read with every key of the design', async () => {
    await inDirectoryWith(`
targets: [192.0.2.0/28, "2001:db8::10", edge.example.com]
exclude: [192.0.2.9, "192.0.2.3:9100"]
ports: [1-1024, 3306, 6379]
udpPorts: [53, 160-162]
cadence: 1m
rate: 2000
ratePerAddress: 1000
mode: auto
auto: [{ match: 192.0.2.0/28, ports: [22, 3389] }, { match: "::/0", ports: "6379", accounts: ["012345678901", local], regions: eu-west-1, maxAge: 2h, classes: [high-risk-port] }]
limits: { changesPerHour: 3 }
listen: "[::1]:0"
owners: [{ match: 192.0.2.0/28, owner: payments, email: payments@example.com }, { match: 192.0.2.3, owner: web }]
protect: [22, "192.0.2.3:443"]
alertWindow: 30s
approvalTtl: 8h
approvers:
  - ana@example.com
  - { name: bo, match: 192.0.2.0/28, subject: 00u1, arns: ['arn:aws:sts::*:assumed-role/*/bo'] }
signIn: { issuer: https://login.example.com/, clientId: portcullis }
yesLarge: true
aws: { regions: [eu-west-1] }
`);
    expect(await loadConfig()).toEqual({
      targets: ['192.0.2.0/28', '2001:db8::10', 'edge.example.com'],
      exclude: ['192.0.2.9', '192.0.2.3:9100'],
      ports: '1-1024,3306,6379',
      udpPorts: '53,160-162',
      cadenceMs: 60_000,
      rate: 2_000,
      ratePerAddress: 1_000,
      mode: 'auto',
      auto: [
        {
          match: '192.0.2.0/28',
          ports: '22,3389',
          accounts: null,
          regions: null,
          maxAgeMs: 900_000,
          classes: null,
        },
        {
          match: '::/0',
          ports: '6379',
          accounts: ['012345678901', 'local'],
          regions: ['eu-west-1'],
          maxAgeMs: 7_200_000,
          classes: ['high-risk-port'],
        },
      ],
      limits: { changesPerHour: 3 },
      listen: { host: '::1', port: 0 },
      owners: [
        { match: '192.0.2.0/28', owner: 'payments', email: 'payments@example.com' },
        { match: '192.0.2.3', owner: 'web', email: null },
      ],
      protect: [':22', '192.0.2.3:443'],
      alertWindowMs: 30_000,
      approvalTtlMs: 28_800_000,
      approvers: [
        { name: 'ana@example.com', match: null, subject: null, arns: [] },
        { name: 'bo', match: '192.0.2.0/28', subject: '00u1', arns: ['arn:aws:sts::*:assumed-role/*/bo'] },
      ],
      signIn: {
        issuer: 'https://login.example.com/',
        clientId: 'portcullis',
        audience: 'portcullis',
        forSeverity: 'high',
      },
      yesLarge: true,
      aws: { regions: ['eu-west-1'], accounts: [], securityHub: false },
    });
  });

  it.each([
    ['udpPorts: none', ''],
    ['udpPorts: [161, 53]', '53,161'],
    ['ports: 22', null],
  ])('of %j looks at UDP ports %j', async (yaml, udpPorts) => {
    await inDirectoryWith(yaml);
    expect(await loadConfig()).toMatchObject({ udpPorts });
  });

  it('is overridden by flags of the same name, which separate lists by blanks or commas', async () => {
    await inDirectoryWith('targets: [192.0.2.1]\nrate: 10\nmode: propose\n');
    const flags = {
      targets: '127.0.0.1, 127.7.7.0/28 192.0.2.1 - 192.0.2.3',
      rate: '20',
      ratePerAddress: '30',
      ports: '22',
    };
    expect(await loadConfig({ flags })).toMatchObject({
      targets: ['127.0.0.1', '127.7.7.0/28', '192.0.2.1-192.0.2.3'],
      rate: 20,
      ratePerAddress: 30,
      ports: '22',
      mode: 'propose',
    });
  });

  it('may be replaced by a flag where the file is wrong', async () => {
    await inDirectoryWith('rate: fast\n');
    expect(await loadConfig({ flags: { rate: '7' } })).toMatchObject({ rate: 7 });
  });
});

describe('a bad configuration', () => {
  it.each<[yaml: string, line: string]>([
    ['rate: fast', 'portcullis.yaml:1: rate: "fast" is not a number: write probes a second, 1 to 100000'],
    ['rate: 0', 'portcullis.yaml:1: rate: 0 is out of range: write probes a second, 1 to 100000'],
    ['rate: 100001', 'portcullis.yaml:1: rate: 100001 is out of range: write probes a second, 1 to 100000'],
    ['rate: 1.5', 'portcullis.yaml:1: rate: 1.5 is not a whole number: write probes a second, 1 to 100000'],
    ['ratePerAddress: 9', 'portcullis.yaml:1: ratePerAddress: 9 is out of range: write probes a second, 10 to 100000'],
    ['rate:', 'portcullis.yaml:1: rate: nothing is not a number: write probes a second, 1 to 100000'],
    [
      'mode: auto',
      'portcullis.yaml:1: mode: "auto" needs the patterns that may be closed without asking: write auto: [{ match: 192.0.2.0/28, ports: [22, 3389] }] into the configuration, or mode: approve',
    ],
    [
      'auto: []',
      'portcullis.yaml:1: auto: the list is empty: write [{ match: 192.0.2.0/28, ports: [22, 3389], maxAge: 15m }], or leave it out',
    ],
    [
      'auto: [{ match: 0.0.0.0/0, ports: all }]',
      'portcullis.yaml:1: auto[0]: this pattern matches every address and every port: name the addresses or the ports that may be closed without asking',
    ],
    [
      'auto: [{ match: 192.0.2.1, ports: 22 }, { match: "::/0", ports: 1-65535, accounts: ["012345678901"] }]',
      'portcullis.yaml:1: auto[1]: this pattern matches every address and every port: name the addresses or the ports that may be closed without asking',
    ],
    [
      'auto: [{ match: 0.0.0.0/1, ports: all }, { match: 128.0.0.0/1, ports: [1-100] }, { match: 0.0.0.0/0, ports: [101-65535] }]',
      'portcullis.yaml:1: auto: these patterns together match every address and every port: name the addresses or the ports that may be closed without asking',
    ],
    [
      'auto: [{ match: 192.0.2.1, ports: 22, maxage: 1h }]',
      'portcullis.yaml:1: auto[0].maxage: there is no such key: the keys are match, ports, accounts, regions, maxAge, classes. Did you mean "maxAge"?',
    ],
    [
      'auto: [{ match: 192.0.2.1, ports: 22, accounts: [sandbox] }]',
      'portcullis.yaml:1: auto[0].accounts[0]: "sandbox" is not an account: write its 12 digits in quotes, or local',
    ],
    [
      'auto: [{ match: 192.0.2.1, ports: 22, maxAge: 25h }]',
      'portcullis.yaml:1: auto[0].maxAge: "25h" is out of range: write a number and s, m, h or d, 1m to 24h',
    ],
    [
      'limits: { changesPerHour: 0 }',
      'portcullis.yaml:1: limits.changesPerHour: 0 is out of range: write changes an hour, 1 to 1000',
    ],
    [
      'mode: aprove',
      'portcullis.yaml:1: mode: "aprove" is not a mode: write observe, propose, approve or auto. Did you mean "approve"?',
    ],
    [
      'udpPorts: [none, 53]',
      'portcullis.yaml:1: udpPorts: "none" turns UDP off and stands alone: write none, or the ports',
    ],
    [
      'udpPorts: [hi-risk]',
      'portcullis.yaml:1: udpPorts[0]: "hi-risk" is not a list of ports: write a number 1-65535, a range such as 8000-8100, or a list name (high-risk, all). Did you mean "high-risk"?',
    ],
    [
      'cadance: 10s',
      'portcullis.yaml:1: cadance: there is no such key: the keys are targets, exclude, ports, udpPorts, cadence, rate, ratePerAddress, mode, auto, limits, listen, owners, protect, alertWindow, approvalTtl, approvers, signIn, yesLarge, aws. Did you mean "cadence"?',
    ],
    ['cadence: 10', 'portcullis.yaml:1: cadence: "10" is not a duration: write a number and s, m, h or d, 1s to 7d'],
    ['cadence: 0s', 'portcullis.yaml:1: cadence: "0s" is out of range: write a number and s, m, h or d, 1s to 7d'],
    ['cadence: 8d', 'portcullis.yaml:1: cadence: "8d" is out of range: write a number and s, m, h or d, 1s to 7d'],
    [
      'approvalTtl: 73h',
      'portcullis.yaml:1: approvalTtl: "73h" is out of range: write a number and s, m, h or d, 1m to 72h',
    ],
    [
      'targets: []',
      'portcullis.yaml:1: targets: the list is empty: write addresses, networks, ranges, host names or @file, or leave it out',
    ],
    [
      'targets: [10.0.0.0/33]',
      'portcullis.yaml:1: targets[0]: "10.0.0.0/33" has no valid prefix: IPv4 prefixes are /0 to /32.',
    ],
    [
      'targets: ["two words"]',
      'portcullis.yaml:1: targets[0]: "two words" is more than one target: write them as a list',
    ],
    [
      'targets: [label:PORT_OPEN]',
      'portcullis.yaml:1: targets[0]: "label:PORT_OPEN" is a set of addresses that are watched already: it works with "portcullis scan"',
    ],
    [
      'targets: [10.0.0.0/8]',
      'portcullis.yaml:1: targets: 10.0.0.0/8 has 16,777,216 addresses: at most 65,536 are allowed, 1,048,576 (an IPv4 /12, an IPv6 /108) with --yes-large. Name smaller networks.',
    ],
    ['ports: [0]', 'portcullis.yaml:1: ports[0]: Port 0 does not exist: ports are 1 to 65535.'],
    ['ports: [70000]', 'portcullis.yaml:1: ports[0]: Port 70000 does not exist: ports are 1 to 65535.'],
    ['ports: [9-3]', 'portcullis.yaml:1: ports[0]: Port range 9-3 is reversed: write 3-9.'],
    ['exclude: ["192.0.2.3:99999"]', 'portcullis.yaml:1: exclude[0]: Port 99999 does not exist: ports are 1 to 65535.'],
    [
      'listen: 0.0.0.0:8460',
      'portcullis.yaml:1: listen: "0.0.0.0:8460" is not a loopback address: write 127.0.0.1:8460, [::1]:8460 or localhost:8460 (the API has no sign-in and no encryption; reach it from elsewhere through an SSH tunnel)',
    ],
    [
      'listen: 127.0.0.1:70000',
      'portcullis.yaml:1: listen: "127.0.0.1:70000" names port 70000: write 1 to 65535, or 0 for any free port',
    ],
    [
      'listen: "8460"',
      'portcullis.yaml:1: listen: "8460" is not HOST:PORT: write 127.0.0.1:8460, [::1]:8460 or localhost:8460',
    ],
    [
      'owners: [{ match: 192.0.2.1, owner: x, email: nope }]',
      'portcullis.yaml:1: owners[0].email: "nope" is not an e-mail address: write one such as payments@example.com, or leave it out',
    ],
    [
      'owners: [{ match: 192.0.2.1 }]',
      'portcullis.yaml:1: owners[0].owner: nothing is not a name: write who owns it, such as payments',
    ],
    [
      'owners: [{ match: 192.0.2.1, owner: x, mail: a@example.com }]',
      'portcullis.yaml:1: owners[0].mail: there is no such key: the keys are match, owner, email. Did you mean "email"?',
    ],
    [
      'yesLarge: 1',
      'portcullis.yaml:1: yesLarge: 1 is not true or false: write yesLarge: true to allow more than 65,536 addresses',
    ],
    ['rate: 1\nrate: 2', 'portcullis.yaml:2:1: this key stands here a second time: write it once'],
    ['just text', 'portcullis.yaml:1: the file must hold keys, such as "mode: observe"'],
    [
      'rate: [1',
      'portcullis.yaml:1:9: not YAML: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
  ])('%j is refused with its line, the value and what is allowed', async (yaml, line) => {
    expect(await linesFor(yaml)).toEqual([line]);
  });

  it('tells all mistakes at once, in the order they were written', async () => {
    const lines = await linesFor(
      '# first\nrate: fast\n\nowners:\n  - match: nowhere\n    owner: x\nmode: sleep\nlisten: 1\n',
    );
    expect(lines.map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'portcullis.yaml:2: rate:',
      'portcullis.yaml:5: owners[0].match:',
      'portcullis.yaml:7: mode:',
      'portcullis.yaml:8: listen:',
    ]);
  });

  it('names the flag when a flag is wrong, also beside a wrong file', async () => {
    const lines = await linesFor('mode: sleep\n', { rate: '0', approvalTtl: '4d' });
    expect(lines).toEqual([
      '--rate: 0 is out of range: write probes a second, 1 to 100000',
      '--approval-ttl: "4d" is out of range: write a number and s, m, h or d, 1m to 72h',
      'portcullis.yaml:1: mode: "sleep" is not a mode: write observe, propose, approve or auto.',
    ]);
  });

  it('is an error when the named file is missing or a directory', async () => {
    const directory = await temporaryDirectory();
    const missing = join(directory, 'nope.yaml');
    await expect(loadConfig({ file: missing })).rejects.toThrow(
      `cannot read the configuration ${missing}: there is no such file`,
    );
    const thrown = await loadConfig({ file: directory }).catch((error: unknown) => error);
    expect(messageOf(thrown)).toContain(`cannot read the configuration ${directory}: EISDIR`);
  });

  it('does not follow an alias bomb', async () => {
    const tens = (name: string) => `[${Array.from({ length: 10 }, () => `*${name}`).join(',')}]`;
    const lines = await linesFor(`a: &a [x,x,x]\nb: &b ${tens('a')}\nc: &c ${tens('b')}\nd: ${tens('c')}\n`);
    expect(lines).toEqual(['portcullis.yaml: Excessive alias count indicates a resource exhaustion attack']);
  });
});
