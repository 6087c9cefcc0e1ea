import { days, hours, minutes } from '../../core/time.ts';

/** How many addresses are watched, and how often. What the catalogue says holds where a profile says nothing. */
export interface Profile {
  readonly id: string;
  readonly title: string;
  readonly addresses: number;
  /** Configured cadence: tasks that follow it repeat so often. */
  readonly cadenceMs: number;
  /** Milliseconds between two starts of a task, by its id, instead of the catalogue's. */
  readonly everyMs: Readonly<Record<string, number>>;
  /** Probes a second, all scanner tasks together. */
  readonly rate: number;
  /** Dollars a month that it must not exceed. */
  readonly bound: number;
}

/** Open ports of every address; rules let in the same ones. */
export const OPEN_PORTS = [22, 443, 3306];

/** Share of the addresses at which one port opens and closes again in a day. */
export const CHANGED_A_DAY = 0.01;

/** Both keep to research/anchors-exposure-remediation.md 2h; every address answers, which costs more than one that is offline. */
export const PROFILES: readonly [Profile, Profile] = [
  {
    id: '1,000',
    title: '1,000 addresses: every TCP port daily, high-risk ports every 10 minutes',
    addresses: 1_000,
    cadenceMs: minutes(10),
    everyMs: {},
    rate: 5_000,
    bound: 25,
  },
  {
    id: '100,000',
    title: '100,000 addresses: every TCP port weekly, high-risk ports hourly',
    addresses: 100_000,
    cadenceMs: hours(1),
    // The catalogue has no way to say it: its row 1 is daily, and a cadence of a week would be one for every row.
    everyMs: { '1': days(7) },
    rate: 10_000,
    bound: 240,
  },
];
