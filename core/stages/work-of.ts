import type { Asset } from '../assets/asset.ts';
import type { Settings } from '../config/settings.ts';
import { admittedOf } from '../exposure/admitted.ts';
import type { Fingerprint } from '../fingerprints/fingerprint.ts';
import type { Address } from '../net/address.ts';
import { Exclusions } from '../net/exclusions.ts';
import type { PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';
import { frequentPart, portsOf, type ScanTask, TASKS } from '../planning/catalogue.ts';
import { fingerprintsFor, resolveLabel } from '../planning/labels.ts';
import { vouches, wasSwept } from '../planning/left-to-others.ts';
import type { AdmittedStore } from '../ports/admitted-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { FingerprintStore, TaskRunStore } from '../ports/stores.ts';

export interface WorkPorts {
  clock: Clock;
  fingerprints: Pick<FingerprintStore, 'list'>;
  admitted: Pick<AdmittedStore, 'list'>;
  runs: Pick<TaskRunStore, 'lastOf'>;
  /** What is watched now. */
  watched: () => Promise<Asset[]>;
  settings: Settings;
}

type Work = Map<Address, PortSet>;
type Known = ReadonlyMap<Address, Fingerprint>;

/** What one start of the task probes: its label and its ports, less what other rows probe as often. */
export async function workOf(ports: WorkPorts, task: ScanTask): Promise<Work> {
  const limit = portsOf(task, ports.settings);
  if (limit === null) return new Map();
  const admitted = task.label === 'PORT_ADMITTED' ? await admittedPorts(ports.admitted, task.protocol) : undefined;
  if (admitted?.size === 0) return new Map();
  const assets = await ports.watched();
  const protocol = fingerprintsFor(task.label, task.protocol);
  const fingerprints = await ports.fingerprints.list({ mayLag: true, protocol });
  const known: Known = new Map(fingerprints.map((fp) => [fp.address, fp]));
  const work: Work = new Map();
  for (const [address, of] of resolveLabel(task.label, assets, known, ports.clock.now(), admitted)) {
    const wanted = of === null ? limit : of.intersect(limit);
    const now = admitted === undefined ? wanted : frequentPart(wanted, task.protocol);
    if (!now.isEmpty) work.set(address, now);
  }
  if (task.id === FULL_BACKSTOP) return withoutSwept(ports, work, assets, known);
  const isFrequent = task.label === 'PORT_ADMITTED' && task.protocol === 'tcp';
  return isFrequent ? withoutMonitored(ports, work, assets, known) : work;
}

/** Ports that rules let in from the internet, by address; empty where no rules of other machines are read. */
export async function admittedPorts(
  store: Pick<AdmittedStore, 'list'>,
  protocol: Protocol,
): Promise<Map<string, PortSet>> {
  return new Map((await store.list()).map(({ address, pairs }) => [address, admittedOf(protocol, pairs)]));
}

/** Row 8, and the rows that together do the same: 1 for what is online, 7 for what is not. */
const FULL_BACKSTOP = '8';
const SWEEPS = ['1', '7'];
/** The sweep for high-risk ports, and the monitor of open ones: as often as row 9, which so leaves them their pairs. */
const FREQUENT = ['2', '4'];

/** An address stays when the row that should sweep it has not done so in the last week, or not yet all of it. */
async function withoutSwept(ports: WorkPorts, work: Work, assets: readonly Asset[], known: Known): Promise<Work> {
  const now = ports.clock.now();
  const exclusions = new Exclusions(ports.settings.exclude);
  const left: Work = new Map(work);
  for (const { id, label } of TASKS.filter((row) => SWEEPS.includes(row.id))) {
    if (!vouches(await ports.runs.lastOf(id), ports.settings.rate, now)) continue;
    for (const address of resolveLabel(label, assets, known, now).keys()) {
      const wanted = work.get(address);
      if (wanted === undefined) continue;
      const probed = wanted.subtract(exclusions.excludedPorts(address));
      if (wasSwept(known.get(address), probed)) left.delete(address);
    }
  }
  return left;
}

function withoutMonitored(ports: WorkPorts, work: Work, assets: readonly Asset[], known: Known): Work {
  const left: Work = new Map(work);
  for (const row of TASKS.filter(({ id }) => FREQUENT.includes(id))) {
    const limit = portsOf(row, ports.settings);
    if (limit === null) continue;
    for (const [address, of] of resolveLabel(row.label, assets, known, ports.clock.now())) {
      const wanted = left.get(address);
      if (wanted === undefined) continue;
      const rest = wanted.subtract(of === null ? limit : of.intersect(limit));
      if (rest.isEmpty) left.delete(address);
      else left.set(address, rest);
    }
  }
  return left;
}
