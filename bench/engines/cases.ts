import { BadInput } from '../../core/errors.ts';
import type { Conditions } from '../../test/support/lab/lab.ts';

export interface Case extends Conditions {
  /** Such as `32-ingress-loss5-rtt20-v6`. */
  readonly name: string;
  readonly hosts: number;
  readonly family: 'v4' | 'v6';
  readonly ports: string;
}

const ALL_PORTS = '1-65535';

/** A /16 of which 1,024 addresses are alive, a hundred ports each, one of them open. */
export const WIDE: Case = {
  name: '65536x100',
  hosts: 65_536,
  silence: 'ingress',
  lossPercent: 0,
  rttMs: 0,
  family: 'v4',
  ports: '1000-1099',
};

type Variation = Partial<Pick<Case, 'lossPercent' | 'rttMs' | 'family'>>;

const SILENCES = ['closed', 'dropped', 'ingress'] as const;

function makeCase(hosts: number, silence: Conditions['silence'], variation: Variation = {}): Case {
  const { lossPercent = 0, rttMs = 0, family = 'v4' } = variation;
  const parts = [
    String(hosts),
    silence,
    ...(lossPercent > 0 ? [`loss${lossPercent}`] : []),
    ...(rttMs > 0 ? [`rtt${rttMs}`] : []),
    ...(family === 'v6' ? ['v6'] : []),
  ];
  return { name: parts.join('-'), hosts, silence, lossPercent, rttMs, family, ports: ALL_PORTS };
}

/** What is run unless something else is asked for. */
const CORE: readonly Case[] = [
  ...[1, 32].flatMap((hosts) => SILENCES.map((silence) => makeCase(hosts, silence))),
  ...[1, 5].flatMap((lossPercent) => [1, 32].map((hosts) => makeCase(hosts, 'ingress', { lossPercent }))),
  ...[20, 100].flatMap((rttMs) => (['closed', 'ingress'] as const).map((silence) => makeCase(1, silence, { rttMs }))),
  makeCase(32, 'closed', { lossPercent: 1, rttMs: 20 }),
  ...[1, 32].map((hosts) => makeCase(hosts, 'ingress', { family: 'v6' })),
  makeCase(256, 'ingress'),
  WIDE,
];

/** Every combination. A day, with the slow ones among the contestants. */
const ALL: readonly Case[] = [
  ...[1, 32, 256].flatMap((hosts) =>
    SILENCES.flatMap((silence) =>
      [0, 1, 5].flatMap((lossPercent) =>
        [0, 20, 100].flatMap((rttMs) =>
          (['v4', 'v6'] as const).map((family) => makeCase(hosts, silence, { lossPercent, rttMs, family })),
        ),
      ),
    ),
  ),
  WIDE,
];

/** `undefined`: the core; `all`; or names with commas between. @throws BadInput for a name that is none. */
export function chooseCases(text: string | undefined): readonly Case[] {
  if (text === undefined) return CORE;
  if (text === 'all') return ALL;
  return text.split(',').map((name) => {
    const found = ALL.find((one) => one.name === name);
    if (found !== undefined) return found;
    throw new BadInput(
      `${name} is no case; HOSTS-SILENCE[-lossN][-rttN][-v6] is one: ${CORE.map((one) => one.name).join(', ')}`,
    );
  });
}

/** The order of the tables: by hosts, then by silence, loss, delay and family. */
export function byCase(a: Case, b: Case): number {
  const at = ({ name }: Case): number => ALL.findIndex((one) => one.name === name);
  return at(a) - at(b);
}

/** The part of the budget a case gets, beside the others: in `1-dropped` the slowest of all are to end by themselves. */
export function weightOf({ name, hosts }: Case): number {
  if (name === '1-dropped') return 6;
  return hosts === 1 ? 1 : 2;
}
