import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import type { Settings } from '../../core/config/settings.ts';
import { PortSet } from '../../core/net/port-set.ts';
import { portsOf, type ScanTask, TASKS } from '../../core/planning/catalogue.ts';
import { startRun } from '../../core/stages/dispatch.ts';
import { fleetAddresses } from './fleet.ts';
import { OPEN_PORTS, type Profile } from './profiles.ts';

/** One start of a task. */
export interface RunSize {
  readonly shards: number;
  /** Addresses of every shard together: an address in 32 shards counts 32 times. */
  readonly addressResults: number;
  readonly probes: number;
}

/** Addresses planned at once: a whole run of 100,000 would be three million shards in memory. */
const SLICE = 1_000;

export function settingsOf({ cadenceMs, rate }: Pick<Profile, 'cadenceMs' | 'rate'>): Settings {
  return { ...DEFAULT_SETTINGS, cadenceMs, rate };
}

/** Tasks that run when every address answers; those for addresses that are offline have nothing to do. */
export function busyTasks(settings: Settings): ScanTask[] {
  return TASKS.filter((task) => task.label !== 'IP_OFFLINE' && portsOf(task, settings) !== null);
}

/** What the real planner makes of one start of the task. */
export async function sizeOf(task: ScanTask, profile: Profile): Promise<RunSize> {
  const settings = settingsOf(profile);
  const open = PortSet.from(OPEN_PORTS);
  const listed = portsOf(task, settings) ?? PortSet.EMPTY;
  const ports = task.label === 'PORT_OPEN' || task.label === 'PORT_ADMITTED' ? open : listed;
  const addresses = fleetAddresses(profile.addresses);
  const size = { shards: 0, addressResults: 0, probes: 0 };
  for (let from = 0; from < addresses.length; from += SLICE) {
    const work = new Map(addresses.slice(from, from + SLICE).map((address) => [address, ports]));
    await startRun(
      {
        clock: { now: () => '2026-03-01T09:00:00.000Z' },
        settings,
        runs: { create: async (run) => void (size.probes += run.probes * task.tries) },
        shards: {
          send: async (shards) => {
            size.shards += shards.length;
            for (const shard of shards) size.addressResults += shard.addresses.length;
          },
        },
      } as Parameters<typeof startRun>[0],
      { runId: `r-${task.id}-${from}`, task, work, priority: false, scope: null },
    );
  }
  return size;
}
