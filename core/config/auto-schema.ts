import * as z from 'zod';
import { PortClass } from '../findings/finding.ts';
import { AddressSet } from '../net/address-set.ts';
import { PortSet } from '../net/port-set.ts';
import { parsePorts } from '../net/ports-spec.ts';
import { minutes } from '../time.ts';
import { checked, duration, list, says, shown, text, wholeNumber } from './values.ts';

/** What a policy may approve in mode `auto`: every part must hold. */
export interface AutoPattern {
  /** Address, CIDR or range text. */
  readonly match: string;
  /** Port set text. */
  readonly ports: string;
  /** null: every account. */
  readonly accounts: readonly string[] | null;
  /** null: every Region. */
  readonly regions: readonly string[] | null;
  /** Opened less than this ago, milliseconds. */
  readonly maxAgeMs: number;
  /** null: every class. */
  readonly classes: readonly PortClass[] | null;
}

export interface ChangeLimits {
  /** Changes of one account within an hour. */
  readonly changesPerHour: number;
}

export const AUTO_KEYS = ['match', 'ports', 'accounts', 'regions', 'maxAge', 'classes'] as const;
export const LIMIT_KEYS = ['changesPerHour'] as const;

/** "Such as age < 15 min" (research/anchors-exposure-remediation.md 5.6). */
const DEFAULT_MAX_AGE_MS = minutes(15);

const named = (shape: RegExp, allowed: string) =>
  z.preprocess(
    // YAML makes a number of an account id that is not quoted.
    (value) => (typeof value === 'number' ? String(value) : value),
    z.string({ error: says(allowed) }).regex(shape, { error: says(allowed) }),
  );
const ACCOUNT = 'an account: write its 12 digits in quotes, or local';
const REGION = 'a Region: write one such as eu-west-1, or local';

const Pattern = z
  .strictObject(
    {
      match: text(
        'an address: write an address, a network or a range, such as 192.0.2.0/28',
        checked((value) => AddressSet.parse(value)),
      ),
      ports: list(
        text('a port: write a number, a range such as 8000-8100, or high-risk', checked(parsePorts)),
        'ports such as [22, 3389]',
      ),
      accounts: list(named(/^(\d{12}|local)$/, ACCOUNT), 'accounts such as ["123456789012"]').optional(),
      regions: list(named(/^([a-z]{2,4}(-[a-z]+)+-\d{1,2}|local)$/, REGION), 'Regions such as [eu-west-1]').optional(),
      maxAge: duration('1m', '24h').optional(),
      classes: list(
        z.enum(PortClass.options, {
          error: ({ input }) => `${shown(input)} is not a class: write ${PortClass.options.join(', ')}`,
        }),
        'classes such as [high-risk-port]',
      ).optional(),
    },
    { error: says('a pattern: write { match: 192.0.2.0/28, ports: [22, 3389], maxAge: 15m }') },
  )
  .transform(({ match, ports, accounts, regions, maxAge, classes }): AutoPattern => ({
    match,
    ports: parsePorts(ports).toString(),
    accounts: accounts ?? null,
    regions: regions ?? null,
    maxAgeMs: maxAge ?? DEFAULT_MAX_AGE_MS,
    classes: classes ?? null,
  }));

const WRITE = 'write [{ match: 192.0.2.0/28, ports: [22, 3389], maxAge: 15m }]';

export const AutoConfig = z
  .array(Pattern, { error: says(`a list of patterns: ${WRITE}`) })
  .min(1, { error: `the list is empty: ${WRITE}, or leave it out` })
  // Not a refinement: those also run on a list in which a pattern was not understood.
  .transform((patterns, context) => {
    if (!leaveNothingOut(patterns)) return patterns;
    const alone = patterns.findIndex((pattern) => leaveNothingOut([pattern]));
    context.addIssue({
      code: 'custom',
      path: alone < 0 ? [] : [alone],
      message: `${alone < 0 ? 'these patterns together match' : 'this pattern matches'} every address and every port: name the addresses or the ports that may be closed without asking`,
    });
    return z.NEVER;
  });

export const LimitsConfig = z.strictObject(
  { changesPerHour: wholeNumber(1, 1_000, 'write changes an hour, 1 to 1000') },
  { error: says('{ changesPerHour: 10 }') },
);

const EVERYWHERE = ['0.0.0.0/0', '::/0'].map((all) => AddressSet.parse(all));

/** Do they match every port of every IPv4 or of every IPv6 address? Accounts, Regions and classes do not make a pattern narrow. */
function leaveNothingOut(patterns: readonly Pick<AutoPattern, 'match' | 'ports'>[]): boolean {
  const parsed = patterns.map(({ match, ports }) => ({ set: AddressSet.parse(match), ports: PortSet.parse(ports) }));
  // Between two of these every pattern has all ports or none.
  const starts = new Set([1, ...parsed.flatMap(({ ports }) => ports.ranges.flatMap(([from, to]) => [from, to + 1]))]);
  const matchedAt = (port: number) =>
    parsed.filter(({ ports }) => ports.has(port)).reduce((all, { set }) => all.union(set), AddressSet.EMPTY);
  const matched = [...starts].filter((port) => PortSet.ALL.has(port)).map(matchedAt);
  return EVERYWHERE.some((all) => matched.every((set) => all.subtract(set).isEmpty));
}
