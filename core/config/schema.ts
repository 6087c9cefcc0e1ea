import * as z from 'zod';
import { BadInput } from '../errors.ts';
import { AddressSet } from '../net/address-set.ts';
import { Exclusions } from '../net/exclusions.ts';
import { parsePorts } from '../net/ports-spec.ts';
import { isNoUdp, oneUdpPart } from './udp-ports.ts';
import { parseTargetList } from '../net/targets.ts';
import { didYouMean } from '../text/nearest.ts';
import { ApproversConfig, SignInConfig } from './approver-schema.ts';
import { AutoConfig, LimitsConfig } from './auto-schema.ts';
import { AwsConfig } from './aws-schema.ts';
import { parseListen } from './listen.ts';
import { checked, duration, list, says, shown, text, wholeNumber } from './values.ts';

const target = checked((value) => {
  const [spec, ...more] = parseTargetList([value]);
  if (more.length > 0) throw new BadInput(`"${value}" is more than one target: write them as a list`);
  if (spec?.kind === 'label') {
    throw new BadInput(`"${value}" is a set of addresses that are watched already: it works with "portcullis scan"`);
  }
});

/** A number alone is a port everywhere: `22` becomes `:22`. */
const scope = (value: string): string =>
  checked((spec) => new Exclusions([spec]))(/^\d+$/.test(value) ? `:${value}` : value);

const MODES = ['observe', 'propose', 'approve', 'auto'] as const;

const Owner = z.strictObject(
  {
    match: text(
      'an address: write an address, a network or a range, such as 192.0.2.0/28',
      checked((value) => AddressSet.parse(value)),
    ),
    owner: z
      .string({ error: says('a name: write who owns it, such as payments') })
      .trim()
      .min(1, { error: 'the name is empty: write who owns it, such as payments' }),
    email: z
      .email({ error: says('an e-mail address: write one such as payments@example.com, or leave it out') })
      .nullable()
      .default(null),
  },
  { error: says('an owner: write { match: 192.0.2.0/28, owner: payments, email: payments@example.com }') },
);

interface Key<S extends z.ZodType> {
  readonly schema: S;
  /** What it does, for the reference. */
  readonly about: string;
  readonly allowed: string;
  /** What holds without it, as it would be written. */
  readonly default: string;
  readonly example: string;
}

const key = <S extends z.ZodType>(it: Key<S>): Key<S> => it;

/** The keys of `portcullis.yaml`, each with its reference entry. */
export const KEYS = {
  targets: key({
    schema: list(
      text('a target: write an address, network, range, host name or @file', target),
      'addresses, networks, ranges, host names or @file',
    ),
    about: 'What is watched.',
    allowed:
      'Addresses, networks (`192.0.2.0/28`), ranges (`192.0.2.20-192.0.2.35`), host names, `@file` with one target a line. At most 65,536 addresses; more with `yesLarge`.',
    default: "this machine's own addresses",
    example: 'targets: [192.0.2.0/28, "2001:db8::10", edge.example.com]',
  }),
  exclude: key({
    schema: list(
      text('an exclusion: write an address, a network, a range or address:port', scope),
      'addresses, networks, ranges or address:ports',
    ),
    about: 'What is never scanned. It wins over every target.',
    allowed:
      'Addresses, networks, ranges, `address:port`, `address:ports`, `[IPv6]:port`, `:port` for that port everywhere. A port is one of TCP and of UDP.',
    default: 'nothing',
    example: 'exclude: [192.0.2.9, "192.0.2.3:9100"]',
  }),
  ports: key({
    schema: list(
      text('a port: write a number, a range such as 8000-8100, or high-risk or all', checked(parsePorts)),
      'ports such as [22, 80, 8000-8100] or high-risk or all',
    ),
    about:
      'The TCP ports of every sweep. An address at which 20 more of them opened at once, or all of ten and more, is asked at 16 others, too: does it answer anywhere?',
    allowed: 'Ports 1 to 65535, ranges (`8000-8100`), the list names `high-risk` and `all`.',
    default: "the task catalogue's own lists",
    example: 'ports: [1-1024, 3306, 6379]',
  }),
  udpPorts: key({
    schema: list(
      text('a port: write a number, a range such as 160-170, high-risk, all or none', checked(oneUdpPart)),
      'ports such as [53, 161] or high-risk or none',
    ).refine((parts) => parts.length === 1 || !parts.some(isNoUdp), {
      error: '"none" turns UDP off and stands alone: write none, or the ports',
    }),
    about:
      'The UDP ports that are looked at, every six hours; those that are open every hour, those that changed rules let in at once. `cadence` does not make it more often: `portcullis scan --udp` does. They are asked in the protocols that usually listen there; only an answer is an open port.',
    allowed:
      'Ports 1 to 65535, ranges, the list names `high-risk` (another list than that of TCP) and `all`; or `none`, and no UDP port is looked at.',
    default: 'the list `high-risk` of UDP',
    example: 'udpPorts: [53, 123, 161]',
  }),
  cadence: key({
    schema: duration('1s', '7d'),
    about: 'The shortest repeat of the high-risk TCP ports, of the liveness and of the open ports.',
    allowed: 'A number and `s`, `m`, `h` or `d`, `1s` to `7d`.',
    default: '10s',
    example: 'cadence: 1m',
  }),
  rate: key({
    schema: wholeNumber(1, 100_000, 'write probes a second, 1 to 100000'),
    about: 'Probes a second, all tasks together; to one address no more than [`ratePerAddress`](#rateperaddress).',
    allowed: 'A whole number, 1 to 100000.',
    default: "20000 for this machine's own addresses, 5000 with `targets`",
    example: 'rate: 2000',
  }),
  ratePerAddress: key({
    schema: wholeNumber(10, 100_000, 'write probes a second, 10 to 100000'),
    about:
      "Probes a second to any one address that is not this machine's own, all tasks and scanners together. A sweep has four fifths of it, 400 of 500: all 65,535 ports of one host then take 2m44s, however high `rate` is. The rest is for small looks: a short list of ports, confirmations. `portcullis scan --rate-per-address` has a sweep of its own go faster, or slower.",
    allowed: 'A whole number, 10 to 100000.',
    default: '500',
    example: 'ratePerAddress: 2000',
  }),
  mode: key({
    schema: z.enum(MODES, {
      error: ({ input }) =>
        `${shown(input)} is not a mode: write observe, propose, approve or auto.${typeof input === 'string' ? didYouMean(input, MODES) : ''}`,
    }),
    about:
      '`observe` tells; `propose` also plans a change and verifies it after a person ran the commands; `approve` makes the change after an approval; `auto` is `approve`, and what the patterns of [`auto`](#auto) name is approved without asking.',
    allowed: '`observe`, `propose`, `approve`; `auto` together with patterns under `auto`.',
    default: 'observe',
    example: 'mode: approve',
  }),
  auto: key({
    schema: AutoConfig,
    about:
      'What mode `auto` approves without asking: a TCP port that a pattern names, seen to open (not open at the first look), let in from the public internet, not whitelisted. A person still decides when the change touches a rule that other interfaces share or a rule for every protocol, when the port opened again the same way within 7 days after it was closed here, when a decision about this opening fell before, and while the line is stopped. Other modes take no notice of it.',
    allowed:
      'A list of patterns that together leave something out: `match` (address, network or range), `ports` (as `ports`), and if wanted `accounts` (12 digits in quotes, or `local`), `regions`, `maxAge` (opened less than this ago, `1m` to `24h`, default `15m`), `classes` (`high-risk-port`, `high-risk-service`, `high-risk-console`, `risk-port`).',
    default: 'nothing',
    example: 'auto: [{ match: 192.0.2.0/28, ports: [22, 3389], maxAge: 15m }]',
  }),
  limits: key({
    schema: LimitsConfig,
    about:
      'How many changes one account (this host is one) gets within an hour, approved by whomever. What is over it waits for its turn; putting something back is never limited.',
    allowed: '`changesPerHour`: a whole number, 1 to 1000.',
    default: 'limits: { changesPerHour: 10 }',
    example: 'limits: { changesPerHour: 30 }',
  }),
  listen: key({
    schema: text('HOST:PORT: write 127.0.0.1:8460, [::1]:8460 or localhost:8460', parseListen),
    about: 'Where the page, the API and the approval links are served.',
    allowed:
      'A loopback address and a port: `127.0.0.1:8460`, `[::1]:8460`, `localhost:8460`. Port 0 picks a free one.',
    default: '127.0.0.1:8460',
    example: 'listen: 127.0.0.1:9000',
  }),
  owners: key({
    schema: z.array(Owner, {
      error: says('[{ match: 192.0.2.0/28, owner: payments, email: payments@example.com }]'),
    }),
    about: 'Who is told, by address. The narrowest match wins.',
    allowed: 'A list of `match` (address, network or range), `owner` (a name) and, if wanted, `email`.',
    default: 'nobody',
    example: 'owners: [{ match: 192.0.2.0/28, owner: payments, email: payments@example.com }]',
  }),
  protect: key({
    schema: list(
      text('a protection: write an address, address:port or a port', scope),
      'addresses, address:ports or ports',
    ),
    about:
      "What is never closed, whatever was approved. The operator's own SSH connection and the listen port are always protected.",
    allowed: 'As `exclude`; a number alone is that port at every address.',
    default: 'nothing',
    example: 'protect: [22, "192.0.2.3:443"]',
  }),
  alertWindow: key({
    schema: duration('0s', '15m'),
    about: 'How long an alert waits for others of its owner and address, so that they are told together.',
    allowed: 'A number and `s`, `m`, `h` or `d`, `0s` to `15m`.',
    default: '1s',
    example: 'alertWindow: 30s',
  }),
  approvalTtl: key({
    schema: duration('1m', '72h'),
    about: 'How long an approval and its link stay open.',
    allowed: 'A number and `s`, `m`, `h` or `d`, `1m` to `72h`.',
    default: '24h',
    example: 'approvalTtl: 8h',
  }),
  approvers: key({
    schema: ApproversConfig,
    about:
      'Who may decide on changes. Each gets a link of their own; a link of somebody who is taken off the list is dead at once. Whoever opened a port may deny closing it, not approve it.',
    allowed:
      'A list of names or e-mail addresses, or of `name` with, if wanted, `match` (address, network or range: may decide only there), `subject` (`sub` or verified e-mail address at the sign-in provider; default: the name, if it is an e-mail address), `arns` (patterns with `*` of the ARNs under which this person changes security groups). On the command line the name is that of the operating system user. A caller of the API on AWS is the entry that has their whole ARN among its `arns`, or as its name; a pattern with `*` lets nobody decide.',
    default: 'anybody who holds the link, and the command line',
    example: 'approvers: [ana@example.com, { name: bo@example.com, match: 192.0.2.0/28 }]',
  }),
  signIn: key({
    schema: SignInConfig,
    about:
      'Where approvers sign in (OpenID Connect, authorization code with PKCE, a public client) before they may decide on a finding of this severity or above. Needs `approvers`. Register `URL/approvals/signed-in` there as the redirect URI; URL is where links point.',
    allowed:
      '`issuer` (https, or http on loopback), `clientId`, and if wanted `audience` (what `aud` of ID tokens names, default: the client id), `forSeverity` (`info`, `low`, `medium`, `high`, `critical`, default `high`).',
    default: 'nobody signs in: the link alone decides',
    example: 'signIn: { issuer: https://login.example.com, clientId: portcullis }',
  }),
  yesLarge: key({
    schema: z.boolean({ error: says('true or false: write yesLarge: true to allow more than 65,536 addresses') }),
    about: 'Allows more than 65,536 addresses, up to 1,048,576.',
    allowed: '`true` or `false`.',
    default: 'false',
    example: 'yesLarge: true',
  }),
  aws: key({
    schema: AwsConfig,
    about:
      'The AWS accounts and Regions whose addresses are watched and whose security groups are read; with a `writeRole` also changed. Credentials, endpoint and profile come from the usual `AWS_*` variables.',
    allowed:
      '`regions`: a list, also of the account of the credentials. `accounts`: a list of `account` (12 digits in quotes), `readRole`, and if wanted `writeRole`, `externalId`, `regions`. `securityHub`: `true` has the deployed Portcullis report findings to Security Hub CSPM of its Region, which must be enabled there; `false` unless given.',
    default: 'no account is read',
    example: 'aws: { regions: [eu-west-1] }',
  }),
};

export type KeyName = keyof typeof KEYS;
export const KEY_NAMES = Object.keys(KEYS) as KeyName[];

type Shape = { [K in KeyName]: z.ZodOptional<(typeof KEYS)[K]['schema']> };

/** What may stand in `portcullis.yaml`. Parsing gives canonical values: milliseconds, a host and port. */
export const Config = z.strictObject(
  Object.fromEntries(KEY_NAMES.map((name) => [name, KEYS[name].schema.optional()])) as Shape,
);
