import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import type { Settings } from '../../core/config/settings.ts';
import { emptyFingerprint } from '../../core/fingerprints/observe.ts';
import { PortSet } from '../../core/net/port-set.ts';
import { portsOf, type ScanTask, TASKS } from '../../core/planning/catalogue.ts';
import { leaseGroupOf } from '../../core/planning/lease-group.ts';
import type { Shard } from '../../core/planning/shard.ts';
import { addressRatesOf, isSmall } from '../../core/scanning/address-share.ts';
import { startRun } from '../../core/stages/dispatch.ts';
import { workOf, type WorkPorts } from '../../core/stages/work-of.ts';
import { assetOf, fleetAddresses, TOGGLED } from './fleet.ts';
import { OPEN_PORTS, type Profile, udpPortsOf } from './profiles.ts';

/** One start of a task. */
export interface RunSize {
  readonly shards: number;
  /** Addresses of every shard together: an address in 32 shards counts 32 times. */
  readonly addressResults: number;
  readonly probes: number;
  /** Leases that its shards take, and give back: one write each for every group of addresses. */
  readonly leases: number;
}

/** fargate-scanner/env.ts; one task, and one in reserve. */
const [PER_ADDRESS_RATE, SCANNERS] = [500, 2];
/** Addresses planned at once: a whole run of 100,000 would be three million shards in memory. */
const SLICE = 1_000;

export function settingsOf({ cadenceMs, rate }: Pick<Profile, 'cadenceMs' | 'rate'>): Settings {
  return { ...DEFAULT_SETTINGS, cadenceMs, rate };
}

/** Tasks that run when every address answers; those for addresses that are offline have nothing to do. */
export function busyTasks(settings: Settings): ScanTask[] {
  return TASKS.filter((task) => task.label !== 'IP_OFFLINE' && portsOf(task, settings) !== null);
}

/** What the real planner makes of one start of the task, when every row has gone well so far. */
export async function sizeOf(task: ScanTask, profile: Profile): Promise<RunSize> {
  const settings = settingsOf(profile);
  const addresses = fleetAddresses(profile.addresses);
  const size = { shards: 0, addressResults: 0, probes: 0, leases: 0 };
  for (let from = 0; from < addresses.length; from += SLICE) {
    const planned = planningPorts(addresses.slice(from, from + SLICE), settings);
    const work = await workOf(planned, task);
    if (work.size === 0) continue;
    await startRun(
      {
        ...planned,
        runs: { create: async (run) => void (size.probes += run.probes * task.tries) },
        shards: {
          send: async (shards) => {
            size.shards += shards.length;
            for (const shard of shards) {
              size.addressResults += shard.addresses.length;
              size.leases += leasesOf(shard);
            }
          },
        },
      },
      { runId: `r-${task.id}-${from}`, task, work, priority: false, scope: null },
    );
  }
  return size;
}

/** Groups of addresses that the shard leases: none when it is small. Nothing is left out at any address of a fleet. */
function leasesOf({ addresses, ports, tries }: Shard): number {
  if (isSmall(PortSet.parse(ports).size * tries, addressRatesOf(PER_ADDRESS_RATE, SCANNERS))) return 0;
  return new Set(addresses.map(leaseGroupOf)).size;
}

/** Of some addresses that answer: all their ports have been seen, OPEN_PORTS are open, and rules let in those and one more. */
function planningPorts(addresses: readonly string[], settings: Settings): WorkPorts {
  const now = '2026-03-01T09:00:00.000Z';
  const admitted = PortSet.from([...OPEN_PORTS, TOGGLED]).toString();
  return {
    clock: { now: () => now },
    settings,
    watched: async () => addresses.map((address) => assetOf(address, now)),
    fingerprints: {
      list: async ({ protocol = 'tcp' } = {}) =>
        addresses.map((address, i) => ({
          ...emptyFingerprint(address, now, protocol),
          open: protocol === 'tcp' ? PortSet.from(OPEN_PORTS).toString() : udpPortsOf(i).toString(),
          observed: [{ ports: '1-65535', at: now }],
          aliveAt: now,
        })),
    },
    admitted: {
      list: async () =>
        addresses.map((address) => ({
          address,
          version: 1,
          account: '123456789012',
          region: 'us-east-1',
          interfaceId: 'eni-1',
          groupIds: [],
          pairs: [{ protocol: 'tcp', ports: admitted, breadth: 'internet' }],
          hash: '',
          at: now,
          gain: null,
        })),
    },
    runs: {
      lastOf: async (taskId) => ({
        id: `r-${taskId}`,
        taskId,
        name: '',
        startedAt: now,
        finishedAt: now,
        shards: 1,
        complete: 1,
        incomplete: 0,
        addresses: addresses.length,
        probes: 0,
        reasons: [],
        engines: {},
        whyNotBetter: [],
        estimate: null,
        unknown: 0,
        vacant: 0,
        scope: null,
        ttl: 0,
      }),
    },
  };
}
