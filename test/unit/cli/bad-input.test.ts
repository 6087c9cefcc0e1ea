import { describe, expect, it } from 'vitest';
import { runFake } from '../../support/cli/run-fake.ts';

describe('bad input ends with 2 and one line that names the value and what is allowed', () => {
  it.each<[args: string, line: string]>([
    ['findngs', "portcullis: unknown command 'findngs' (Did you mean findings?)"],
    ['xyzzy', "portcullis: unknown command 'xyzzy' (see portcullis --help)"],
    ['up --tragets 127.0.0.1', "portcullis: unknown option '--tragets' (Did you mean --targets?)"],
    ['whitelist aprove w-1', "portcullis: unknown command 'aprove' (Did you mean approve?)"],
    ['scan', "portcullis: missing required argument 'targets' (see portcullis --help)"],
    ['rollback', "portcullis: missing required argument 'plan' (see portcullis --help)"],
    [
      'findings --status opn',
      "portcullis: option '--status <status>' argument 'opn' is invalid. Allowed choices are open, whitelisted, closing, closed. (see portcullis --help)",
    ],
    [
      'scan 127.0.0.1 --fail-on bad',
      "portcullis: option '--fail-on <severity>' argument 'bad' is invalid. Allowed choices are info, low, medium, high, critical. (see portcullis --help)",
    ],
    [
      'scan 127.0.0.1 --engine fast',
      "portcullis: option '--engine <engine>' argument 'fast' is invalid. Allowed choices are connect, syn, masscan, nmap. (see portcullis --help)",
    ],
    ['scan 127.0.0.1 --rate 0', 'portcullis: --rate "0" is not a rate: write probes a second, 1 to 100000'],
    ['scan 127.0.0.1 --rate fast', 'portcullis: --rate "fast" is not a rate: write probes a second, 1 to 100000'],
    ['scan 127.0.0.1 --ports 0', 'portcullis: Port 0 does not exist: ports are 1 to 65535.'],
    ['scan 127.0.0.1 --ports 70000', 'portcullis: Port 70000 does not exist: ports are 1 to 65535.'],
    ['scan 127.0.0.1 --ports 90-80', 'portcullis: Port range 90-80 is reversed: write 80-90.'],
    [
      'scan 127.0.0.1 --ports high-rsik',
      'portcullis: "high-rsik" is not a list of ports: write a number 1-65535, a range such as 8000-8100, or a list name (high-risk, all). Did you mean "high-risk"?',
    ],
    ['scan 10.0.0.0/33', 'portcullis: "10.0.0.0/33" has no valid prefix: IPv4 prefixes are /0 to /32.'],
    [
      'scan 192.0.2.9-192.0.2.3',
      'portcullis: Address range "192.0.2.9-192.0.2.3" is reversed: write 192.0.2.3-192.0.2.9.',
    ],
    [
      'scan ,',
      'portcullis: The list of targets is empty: write addresses, networks, ranges, host names, label:NAME or @file.',
    ],
    [
      'scan @/nonexistent/list',
      `portcullis: The target file "/nonexistent/list" cannot be read: ENOENT: no such file or directory, open '/nonexistent/list'.`,
    ],
    [
      'scan 10.0.0.0/8',
      'portcullis: 10.0.0.0/8 has 16,777,216 addresses: at most 65,536 are allowed, 1,048,576 (an IPv4 /12, an IPv6 /108) with --yes-large. Name smaller networks.',
    ],
    [
      'up --targets 10.0.0.0/8',
      'portcullis: --targets: 10.0.0.0/8 has 16,777,216 addresses: at most 65,536 are allowed, 1,048,576 (an IPv4 /12, an IPv6 /108) with --yes-large. Name smaller networks.',
    ],
    ['up --rate fast', 'portcullis: --rate: "fast" is not a number: write probes a second, 1 to 100000'],
    [
      'up --listen 0.0.0.0:80',
      'portcullis: --listen: "0.0.0.0:80" is not a loopback address: write 127.0.0.1:80, [::1]:80 or localhost:80 (the API has no sign-in and no encryption; reach it from elsewhere through an SSH tunnel)',
    ],
    [
      'up --mode auto',
      'portcullis: --mode: "auto" needs the patterns that may be closed without asking: write auto: [{ match: 192.0.2.0/28, ports: [22, 3389] }] into the configuration, or mode: approve',
    ],
    [
      'up --config /nonexistent.yaml',
      'portcullis: cannot read the configuration /nonexistent.yaml: there is no such file',
    ],
    ['explain 192.0.2.3:99999', 'portcullis: Port 99999 does not exist: ports are 1 to 65535.'],
    [
      'explain host',
      'portcullis: "host" is not an IP address: write four numbers 0-255 (192.0.2.3) or IPv6 (2001:db8::10).',
    ],
    ['import /nonexistent', 'portcullis: cannot read "/nonexistent": there is no such file'],
    ['import /dev', 'portcullis: cannot read "/dev": it is a directory; give one file, or - and the text on stdin'],
    [
      'import -',
      'portcullis: stdin is empty: write lines such as 192.0.2.3:22,80; if a scanner found nothing, name it by --format',
    ],
    ['import - --format ports', 'portcullis: stdin is empty: write lines such as 192.0.2.3:22,80'],
    [
      'import - --format nmap-xml',
      'portcullis: stdin is empty: nmap -oX writes what it will scan before it begins, so it did not run',
    ],
    [
      'export --format xml',
      "portcullis: option '--format <format>' argument 'xml' is invalid. Allowed choices are json, csv, ocsf, asff. (see portcullis --help)",
    ],
    ['export --format csv --json', 'portcullis: --json and --format csv exclude each other: write one of them'],
    [
      'remediate f-1',
      'portcullis: remediate asks before it changes the firewall, and there is no terminal to ask at: add --yes to go on without',
    ],
    [
      'whitelist add 192.0.2.3 --ports 22',
      "portcullis: required option '--reason <text>' not specified (see portcullis --help)",
    ],
    [
      'whitelist add 192.0.2.3 --ports 22 --reason x --expires soon',
      'portcullis: --expires: "soon" is not a duration: write a number and s, m, h or d, 1m to 366d (or a day such as 2026-12-31)',
    ],
    [
      'whitelist add 192.0.2.3 --ports 22 --reason x --expires 2020-02-02',
      'portcullis: --expires "2020-02-02" is over: write a time to come',
    ],
    [
      'whitelist add 192.0.2.1-192.0.2.3 --ports 22 --reason x',
      'portcullis: "192.0.2.1-192.0.2.3" is not one network: add an entry for each of 192.0.2.1,192.0.2.2/31',
    ],
  ])('%s', async (args, line) => {
    const { code, out, err, requests } = await runFake(args.split(' '), { realConfig: true });
    expect(err).toBe(line);
    expect({ code, out, requests }).toEqual({ code: 2, out: '', requests: [] });
  });
});
