import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { makeClients } from '../../adapters/aws/clients.ts';
import { sqsResultQueue } from '../../adapters/aws/sqs-queues.ts';
import { RecentLatencies } from '../../adapters/local/recent-latencies.ts';
import { fileLinkSigner } from '../../adapters/local/file-link-signer.ts';
import { HostInterfaces } from '../../adapters/local/own-interfaces.ts';
import { openSteadyClock } from '../../adapters/local/steady-clock.ts';
import { oidcProvider } from '../../adapters/oidc/oidc-provider.ts';
import { HostTargetResolver } from '../../adapters/local/target-resolver.ts';
import type { Alert } from '../../core/alerting/alert.ts';
import type { Asset } from '../../core/assets/asset.ts';
import { ConfiguredAssets } from '../../core/assets/configured-assets.ts';
import type { Settings } from '../../core/config/settings.ts';
import { messageOf } from '../../core/errors.ts';
import { endpoint } from '../../core/net/address.ts';
import type { TaskRun } from '../../core/planning/task-run.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { Capability } from '../../core/ports/firewall.ts';
import type { PortCloser } from '../../core/ports/port-closer.ts';
import { compareRecordWithFirewall } from '../../core/remediation/closed-ports/compare-record.ts';
import { makeScanNow } from '../../core/stages/scan-now.ts';
import { endCutScans } from '../../core/stages/stop-scan.ts';
import { watchedAssets } from '../../core/stages/watched-assets.ts';
import { counted } from '../../core/text/counts.ts';
import { changePorts, makePropose, rejudgeWith } from '../../lambdas/change-ports.ts';
import { hostEngines, refusalOf } from '../../fargate-scanner/engines/engines.ts';
import { runProgress } from '../../fargate-scanner/progress.ts';
import { makeServices } from '../../web/make-services.ts';
import type { Services } from '../../web/services.ts';
import type { UnreadPlace } from '../../web/shapes.ts';
import { makeSignIn } from '../../web/sign-in.ts';
import type { DataDirectory } from '../cloud/data-directory.ts';
import { type EmbeddedCloud, startEmbeddedCloud } from '../cloud/embedded-cloud.ts';
import { type EventPump, startEventPump } from '../cloud/event-pump.ts';
import { AlertFile } from '../notifications/alert-file.ts';
import { localBasePorts } from './base-ports.ts';
import { localInventory } from './inventory.ts';
import { pumpedQueues } from './functions.ts';
import { jsonLog } from '../../adapters/local/json-log.ts';
import { quietRepeats } from '../../adapters/local/quiet-repeats.ts';
import { tellFullDiskOnce } from './full-disk.ts';
import { isThisMachine, startLocalScanner } from './local-scanner.ts';
import { startSchedule } from './schedule.ts';
import { abandonRuns } from './abandon-runs.ts';
import { askedHere } from './asked-here.ts';
import { localStatus } from './status.ts';
import { LOCAL_VISIBILITY_SECONDS } from '../../core/deployment/resources.ts';

export interface MachineOptions {
  settings: Settings;
  /** Open, with its lock held; released when the machine stops. */
  directory: DataDirectory;
  /** Where this process serves; null when it serves nothing. */
  listening: { host: string; port: number; url: string } | null;
  /** One line for the operator: logs and progress. */
  err: (line: string) => void;
  /** Only what is asked for in this process is scanned, and nothing works before `work` is called; else everything works at once. */
  onlyAsked?: boolean;
  /** Shows an alert to the person here; called once per alert, after it is in `alerts.jsonl`. */
  show: (alert: Alert) => Promise<void>;
}

/** Portcullis on one machine: embedded cloud, functions behind their queues, scanner. Nothing is scheduled until asked. */
export interface Machine {
  readonly base: BasePorts;
  /** Can this process change this host's firewall? */
  capability(): Promise<Capability>;
  readonly clock: Clock;
  readonly services: Services;
  readonly apiToken: string;
  watched(): Promise<Asset[]>;
  /** Accounts and Regions that cannot be read. */
  unread(): UnreadPlace[];
  /** The signed links of a pending approval, one for each approver. */
  linksFor: Services['linksFor'];
  /** Starts the catalogue's schedule; before it, brings record and firewall together. */
  startSchedule(): Promise<void>;
  /** Starts the functions behind their queues, and the scanner, unless they work already. */
  work(): void;
  /** Resolves once no queue holds anything that is worked on here, and nothing works; rejects when `signal` aborts. */
  drained(signal: AbortSignal): Promise<void>;
  /** Stops scanning, and resolves once what was found is recorded and told; rejects when `signal` aborts. */
  stopScanning(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** @throws BadInput when the data directory or the targets cannot be used. Whatever was started is stopped again then. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const stops: (() => Promise<void>)[] = [() => options.directory.release()];
  const stop = async () => {
    for (const each of stops.splice(0).reverse()) await each();
  };
  try {
    return await assemble(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Settings that leave out what this process itself listens on: it would report itself, and at every start anew, since the ports of the
 * embedded services change.
 */
function withoutOwnPorts(settings: Settings, cloud: EmbeddedCloud, listening: MachineOptions['listening']): Settings {
  const urls = [cloud.endpoints.dynamodb, cloud.endpoints.queues, ...(listening ? [listening.url] : [])];
  return { ...settings, exclude: [...settings.exclude, ...urls.map((url) => new URL(url).host)] };
}

function urlOf({ host, port }: Settings['listen']): string {
  return `http://${endpoint(host, port)}`;
}

function cutShort({ id, scope, complete, shards }: TaskRun): string {
  return `the scan ${id} of ${scope?.targets ?? 'nothing'} was cut short: ${complete} of ${counted(shards, 'shard')} scanned in full; the rest is not scanned unless it is asked for again`;
}

/** A firewall that cannot be read stops no watching: nothing is changed until it can be, and the operator is told. */
async function compareAtStart(base: BasePorts, closer: PortCloser): Promise<void> {
  try {
    const { restored, missing, unrecorded } = await compareRecordWithFirewall({ ...changePorts(base), closer });
    const counts = { restored: restored.length, missing: missing.length, unrecorded: unrecorded.length };
    if (Object.values(counts).some((count) => count > 0)) base.log.warn('firewall and record differed', counts);
  } catch (error) {
    base.log.warn('firewall and record could not be compared', { reason: messageOf(error) });
  }
}

async function assemble(
  { settings: configured, directory, listening, err, show, onlyAsked = false }: MachineOptions,
  stops: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Machine> {
  const tell = tellFullDiskOnce(err, directory.path);
  const log = quietRepeats(jsonLog(tell));
  const clock = await openSteadyClock({ path: join(directory.path, 'clock.json'), report: tell });
  stops.push(() => clock.close());
  const [apiToken, linkKey] = [
    await directory.readOrCreateSecret('api-token'),
    await directory.readOrCreateSecret('link-key'),
  ];
  const cloud = await startEmbeddedCloud({ dataDir: directory.path });
  stops.push(() => cloud.stop());
  const clients = makeClients(cloud.clientOptions);
  stops.push(async () => clients.destroy());

  const settings = withoutOwnPorts(configured, cloud, listening);
  const base = await localBasePorts({
    cloud,
    clients,
    settings,
    dataDir: directory.path,
    clock,
    log,
    listening: listening ?? settings.listen,
  });
  const asked = onlyAsked ? askedHere(base) : undefined;
  for (const run of await endCutScans(base)) err(cutShort(run));
  const resolver = new HostTargetResolver();
  const assets = new ConfiguredAssets(settings, { clock, log, resolver, interfaces: new HostInterfaces() });
  const { aws } = base;
  stops.push(async () => aws?.stop());
  const inventory = aws === null ? null : localInventory(base, assets, aws);
  const watched = inventory?.watched ?? watchedAssets({ clock, source: assets, assets: base.assets });
  const unread = inventory?.unread ?? (() => []);
  const latencies = new RecentLatencies();
  const engines = hostEngines();
  const progress = runProgress();
  const results = sqsResultQueue(clients.sqs, cloud.queueUrls.results);
  const publicUrl = listening?.url ?? urlOf(settings.listen);
  const signer = fileLinkSigner(Buffer.from(linkKey, 'base64url'));
  const services = makeServices({
    ...base,
    mode: settings.mode,
    deciders: settings,
    signIn:
      settings.signIn === null
        ? null
        : makeSignIn({
            settings: settings.signIn,
            provider: oidcProvider(settings.signIn, clock),
            signer,
            clock,
            publicUrl,
          }),
    results,
    configured: assets,
    underWay: (runId) => progress.underWay(runId),
    signer,
    scanNow: makeScanNow({
      ...base,
      watched,
      configured: assets,
      resolver,
      whyNotEngine: async (engine) => (engine === 'connect' ? null : refusalOf(await engines.owners[engine]())),
      isOwn: isThisMachine,
      newRunId() {
        const id = `r-${randomUUID()}`;
        asked?.add(id);
        return id;
      },
    }),
    propose: makePropose(base),
    rejudge: rejudgeWith(base),
    status: localStatus(base, watched, unread),
    latencies: () => latencies.summaries(),
    publicUrl,
  });
  const file = new AlertFile(join(directory.path, 'alerts.jsonl'));
  const { shards, 'shards-priority': urgent, 'shards-backstop': backstop } = cloud.queueUrls;
  let working: { pump: EventPump; scanner: { stop(): Promise<void> } } | undefined;
  const work = (): { pump: EventPump; scanner: { stop(): Promise<void> } } => {
    if (working !== undefined) return working;
    const pump = startEventPump({
      sqs: clients.sqs,
      region: cloud.region,
      visibilitySeconds: LOCAL_VISIBILITY_SECONDS,
      queues: pumpedQueues(cloud, clients, { ...base, metrics: latencies }, async (alert) => {
        if (await file.append(alert)) await show(alert);
      }),
      alsoWatched: onlyAsked ? [urgent] : [shards, urgent, backstop],
      log,
    });
    stops.push(() => pump.stop());
    const scanner = startLocalScanner({ cloud, clients, base, results, engines, progress, ...(asked && { asked }) });
    stops.push(() => scanner.stop());
    return (working = { pump, scanner });
  };
  if (!onlyAsked) work();

  return {
    base,
    capability: () => base.closer.capability(),
    clock,
    services,
    apiToken,
    watched,
    unread,
    linksFor: (approvalId) => services.linksFor(approvalId),
    async startSchedule() {
      await watched();
      await abandonRuns(base);
      await compareAtStart(base, base.closer);
      const schedule = startSchedule(base, watched, inventory);
      stops.push(() => schedule.stop());
    },
    work: () => void work(),
    drained: async (signal) => working?.pump.drained(signal),
    async stopScanning(signal) {
      await working?.scanner.stop();
      await working?.pump.drained(signal, ['results', 'alerts', 'notifications']);
    },
    stop,
  };
}
