import { PortSet } from '../../core/net/port-set.ts';
import { hours, minutes } from '../../core/time.ts';

/** How many addresses are watched, how often and how fast. The catalogue says the rest. */
export interface Profile {
  readonly id: string;
  readonly title: string;
  readonly addresses: number;
  /** Configured cadence: tasks that follow it repeat so often. */
  readonly cadenceMs: number;
  /** Probes a second, all scanner tasks together: the budget of the full sweep, which begins again at the first turn after it ended. */
  readonly rate: number;
  /** Dollars a month that it must not exceed. */
  readonly bound: number;
}

/** Open ports of every address; rules let in the same ones. */
export const OPEN_PORTS = [22, 443, 3306];

const UDP_OPEN = PortSet.of(53);
const ONE_IN = 12;

/** What is open over UDP at an address: a name server at one in twelve. */
export function udpPortsOf(index: number): PortSet {
  return index % ONE_IN === 0 ? UDP_OPEN : PortSet.EMPTY;
}

/** Share of the addresses at which one port opens and closes again in a day. */
export const CHANGED_A_DAY = 0.01;

/**
 * The first and the last are those of research/anchors-exposure-remediation.md 2h that have a bound, with our list of high-risk ports for its top
 * 100; the second looks six times as often as it asks. Every address answers, which costs more than one that is offline.
 */
export const PROFILES: readonly [Profile, ...Profile[]] = [
  {
    id: '1,000',
    title: '1,000 addresses: every TCP port daily, high-risk ports hourly',
    addresses: 1_000,
    cadenceMs: hours(1),
    rate: 5_000,
    bound: 25,
  },
  {
    id: '1,000 often',
    title: '1,000 addresses: every TCP port daily, high-risk ports every 10 minutes',
    addresses: 1_000,
    cadenceMs: minutes(10),
    rate: 5_000,
    bound: 25,
  },
  {
    id: '100,000',
    title: '100,000 addresses: every TCP port weekly, high-risk ports hourly',
    addresses: 100_000,
    cadenceMs: hours(1),
    // Three tasks. With less the full sweep, whose turn is daily, takes more than a week.
    rate: 15_000,
    bound: 240,
  },
];
