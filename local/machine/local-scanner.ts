import { randomBytes } from 'node:crypto';
import type { Clients } from '../../adapters/aws/clients.ts';
import { sqsDeadLetters } from '../../adapters/aws/sqs-dead-letters.ts';
import { sqsShardQueue } from '../../adapters/aws/sqs-queues.ts';
import { sqsShardSource } from '../../adapters/aws/sqs-shard-source.ts';
import { LOCAL_VISIBILITY_SECONDS, type QueueName } from '../../core/deployment/resources.ts';
import type { Address } from '../../core/net/address.ts';
import { Exclusions } from '../../core/net/exclusions.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import { neverScanReason } from '../../core/net/never-scan.ts';
import type { ResultQueue } from '../../core/ports/queues.ts';
import { addressRatesOf } from '../../core/scanning/address-share.ts';
import { makeClaims } from '../../fargate-scanner/claims.ts';
import type { HostEngines } from '../../fargate-scanner/engines/engines.ts';
import { ownAddresses } from '../../fargate-scanner/engines/own-addresses.ts';
import { makeScan } from '../../fargate-scanner/make-scan.ts';
import { makeRecheck } from '../../fargate-scanner/recheck.ts';
import type { RunProgress } from '../../fargate-scanner/progress.ts';
import { runScanner } from '../../fargate-scanner/queue-loop.ts';
import { whyStopped } from '../../fargate-scanner/stopped-runs.ts';
import type { EmbeddedCloud } from '../cloud/embedded-cloud.ts';
import { type AskedHere, onlyAsked } from './asked-here.ts';

/** Urgent shards scanned at once, and sweeps: two, so that one waiting for silent ports does not hold up the next. */
const CONCURRENCY = { priority: 4, bulk: 2, backstop: 2 };
/** Of a lease of addresses: whoever gets the shard of a killed process finds them free. */
const LEASE_MS = LOCAL_VISIBILITY_SECONDS * 750;

/** An address that no network lies before. */
export function isThisMachine(address: Address): boolean {
  return ownAddresses().has(address) || neverScanReason(address, { loopback: false }) !== null;
}

/** The scanner of the container, in this process, on the embedded queues. With `asked` it scans that and takes no sweep. */
export function startLocalScanner(parts: {
  cloud: EmbeddedCloud;
  clients: Clients;
  base: BasePorts;
  results: ResultQueue;
  engines: HostEngines;
  progress: RunProgress;
  asked?: AskedHere;
}): { stop(): Promise<void> } {
  const { cloud, clients, base, results, engines, progress, asked } = parts;
  const addressRates = addressRatesOf(base.settings.ratePerAddress, 1);
  const stopping = new AbortController();
  const source = (name: QueueName) =>
    sqsShardSource({
      sqs: clients.sqs,
      queueUrl: cloud.queueUrls[name],
      deadLetters: sqsDeadLetters(clients.sqs, cloud.deadLetterUrls[name]),
      visibilitySeconds: LOCAL_VISIBILITY_SECONDS,
    });
  const whyIsStopped = whyStopped(base.runs);
  const urgent = source('shards-priority');
  const { shards } = cloud.queueUrls;
  const sweeps = sqsShardQueue(clients.sqs, { bulk: shards, priority: shards, backstop: shards });
  const running = runScanner({
    queues: {
      priority: asked === undefined ? urgent : onlyAsked(urgent, { asked, sweeps, whyStopped: whyIsStopped }),
      bulk: source('shards'),
      backstop: source('shards-backstop'),
      results,
    },
    scan: makeScan({
      clock: base.clock,
      killSwitch: base.killSwitch,
      exclusions: new Exclusions(base.settings.exclude),
      recheck: makeRecheck(base),
      rate: base.settings.rate,
      addressRates,
      concurrency: CONCURRENCY,
      ownAddresses,
      loopback: true,
      engines: engines.owners,
      smallEngines: engines.small,
      // Whoever asked for one scan is told at its end.
      ...(asked === undefined && { log: base.log }),
    }),
    claims: makeClaims({
      leases: base.addressLeases,
      clock: base.clock,
      log: base.log,
      scanner: randomBytes(6).toString('hex'),
      lifeMs: LEASE_MS,
      rates: addressRates,
      isOwn: isThisMachine,
    }),
    whyStopped: whyIsStopped,
    signal: stopping.signal,
    log: base.log,
    progress,
    concurrency: asked === undefined ? CONCURRENCY : { ...CONCURRENCY, bulk: 0, backstop: 0 },
  });
  return {
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
