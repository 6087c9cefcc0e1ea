import type { Asset } from '../assets/asset.ts';
import { type ConfiguredAssets, resolveTargets } from '../assets/configured-assets.ts';
import { BadInput, Refused } from '../errors.ts';
import type { Address } from '../net/address.ts';
import { AddressSet } from '../net/address-set.ts';
import type { PortSet } from '../net/port-set.ts';
import { parsePorts } from '../net/ports-spec.ts';
import type { Protocol } from '../net/protocol.ts';
import { parseTargetList } from '../net/targets.ts';
import { type Busiest, busiestOf, msOf } from '../planning/busiest.ts';
import { fingerprintsFor, resolveLabel } from '../planning/labels.ts';
import { SCAN } from '../planning/scan-task.ts';
import type { TaskRun } from '../planning/task-run.ts';
import { addressRatesOf, rateAlone } from '../scanning/address-share.ts';
import type { EngineName } from '../scanning/engine-name.ts';
import type { TargetResolver } from '../ports/sources.ts';
import type { AssetStore } from '../ports/stores.ts';
import { type DispatchPorts, startRun } from './dispatch.ts';
import { admittedPorts } from './work-of.ts';

/** One look, no waiting for a slow answer to a lost SYN: two SYNs in one try (research: 1,250 ms = two SYNs). */
const SCAN_TASK = {
  id: SCAN,
  name: 'scan now',
  protocol: 'tcp',
  tries: 1,
  timeoutMs: 1_250,
  maxShardProbes: 2_048,
} as const;
/** Nobody repeats a lost datagram but us. */
const UDP_SCAN_TASK = { ...SCAN_TASK, name: 'scan now, UDP', protocol: 'udp', tries: 2 } as const;

export interface ScanRequest {
  targets: readonly string[];
  protocol: Protocol;
  /** Ports text; null: the high-risk list of the protocol. */
  ports: string | null;
  /** Probes a second; null: as configured. */
  rate: number | null;
  /** Probes a second to one address; null: as configured. */
  ratePerAddress: number | null;
  yesLarge: boolean;
  /** That engine or none; null: the best that works. */
  engine: EngineName | null;
}

export interface ScanNowPorts extends DispatchPorts {
  assets: AssetStore;
  configured: ConfiguredAssets;
  resolver: TargetResolver;
  /** Why this engine cannot be used; null when it can, or when only the scanner that takes the shards knows. */
  whyNotEngine: (engine: EngineName) => Promise<string | null>;
  /** Addresses of the machine that scans: no rate of one address keeps them back. */
  isOwn: (address: Address) => boolean;
  /** A fresh id for the run. */
  newRunId: () => string;
}

/** Scans what somebody named, now and ahead of the sweeps, through the whole pipeline. */
export function makeScanNow(ports: ScanNowPorts): (request: ScanRequest) => Promise<TaskRun> {
  return async function scanNow(request) {
    const stop = await ports.killSwitch.read();
    if (stop.on) throw new Refused(`The kill switch is on (${stop.reason ?? 'no reason given'}): nothing is scanned.`);
    if (request.protocol === 'udp' && request.engine !== null) {
      throw new BadInput(
        `The engine ${request.engine} looks at TCP ports: leave it out, UDP has an engine of its own.`,
      );
    }
    await assertEngine(ports, request.engine);
    const { protocol } = request;
    const wanted = request.ports === null ? null : parsePorts(request.ports, protocol);
    const work = await workFor(ports, request, wanted);
    const known = new Map((await ports.assets.list()).map((asset) => [asset.address, asset]));
    const targets = AddressSet.fromCidrs([...work.keys()]);
    const assets = ports.configured.assetsOf(targets, request.yesLarge, 'scan');
    await ports.assets.putAll(assets.filter((asset) => !known.has(asset.address)));
    const allowed = new Set(assets.map((asset) => asset.address));
    for (const address of work.keys()) if (!allowed.has(address)) work.delete(address);
    const task = protocol === 'udp' ? UDP_SCAN_TASK : SCAN_TASK;
    const busiest = whatHoldsBack(ports, request, work, task.tries);
    const run = await startRun(ports, {
      runId: ports.newRunId(),
      task,
      work,
      priority: true,
      scope: {
        targets: targets.toString(),
        ports: (wanted ?? parsePorts('high-risk', protocol)).toString(),
        ...(protocol === 'udp' ? { protocol } : {}),
        ...(busiest === null ? {} : { busiest }),
      },
      ...(request.rate === null ? {} : { rate: request.rate }),
      ...(request.ratePerAddress === null ? {} : { ratePerAddress: request.ratePerAddress }),
      ...(request.engine === null ? {} : { engine: request.engine }),
    });
    if (run.shards === 0) {
      throw new BadInput(`No port is left: every one that was named of ${targets.toString()} is excluded.`);
    }
    return run;
  };
}

/** The address that takes longer than the whole scan would at its rate; null: the rate is what counts. */
function whatHoldsBack(
  { settings, isOwn }: Pick<ScanNowPorts, 'settings' | 'isOwn'>,
  { rate, ratePerAddress }: Pick<ScanRequest, 'rate' | 'ratePerAddress'>,
  work: ReadonlyMap<Address, PortSet>,
  tries: number,
): Busiest | null {
  const rates = addressRatesOf(settings.ratePerAddress, 1);
  const busiest = busiestOf(work, tries, (address, probes) =>
    isOwn(address) ? null : (ratePerAddress ?? rateAlone(probes, rates)),
  );
  if (busiest === null) return null;
  let probes = 0;
  for (const ports of work.values()) probes += ports.size;
  return msOf(busiest) > (probes * tries * 1_000) / (rate ?? settings.rate) ? busiest : null;
}

/** Another engine would see something else than what was asked for: then nothing is scanned. @throws BadInput */
async function assertEngine({ whyNotEngine }: ScanNowPorts, engine: EngineName | null): Promise<void> {
  const why = engine === null ? null : await whyNotEngine(engine);
  if (why !== null) throw new BadInput(`The engine ${engine} cannot be used here, nothing is scanned: ${why}`);
}

async function workFor(
  ports: ScanNowPorts,
  request: ScanRequest,
  wanted: PortSet | null,
): Promise<Map<string, PortSet>> {
  const work = new Map<string, PortSet>();
  const { protocol } = request;
  const highRisk = parsePorts('high-risk', protocol);
  const plain: string[] = [];
  for (const spec of parseTargetList(request.targets)) {
    if (spec.kind !== 'label') {
      if (spec.kind === 'file')
        throw new BadInput(`@${spec.path}: the command line reads files; send the targets in it.`);
      plain.push(spec.kind === 'host' ? spec.name : spec.text);
      continue;
    }
    const assets: Asset[] = await ports.watched();
    const fingerprints = new Map(
      (await ports.fingerprints.list({ protocol: fingerprintsFor(spec.label, protocol) })).map((fp) => [
        fp.address,
        fp,
      ]),
    );
    const admitted = spec.label === 'PORT_ADMITTED' ? await admittedPorts(ports.admitted, protocol) : undefined;
    for (const [address, known] of resolveLabel(spec.label, assets, fingerprints, ports.clock.now(), admitted)) {
      work.set(address, wanted ?? known ?? highRisk);
    }
  }
  if (plain.length > 0) {
    const set = await resolveTargets(plain, ports.resolver);
    ports.configured.assetsOf(set, request.yesLarge, 'scan');
    for (const address of set) work.set(address, wanted ?? highRisk);
  }
  if (work.size === 0) throw new BadInput(`Nothing to scan: ${request.targets.join(' ')} is empty now.`);
  return work;
}
