import type { SQSEvent } from 'aws-lambda';
import { setTimeout as sleep } from 'node:timers/promises';
import { PRICED_CLOSURE_POLICY } from '../../core/fingerprints/closure-policy.ts';
import type { QueueName } from '../../core/deployment/resources.ts';
import type { ScanTask } from '../../core/planning/catalogue.ts';
import type { ShardSource } from '../../core/ports/shard-source.ts';
import { joinAssets } from '../../core/assets/joined-assets.ts';
import { storedInventory } from '../../core/assets/stored-inventory.ts';
import { CONFIGURED } from '../../core/stages/refresh-assets.ts';
import { watchedAssets } from '../../core/stages/watched-assets.ts';
import { addressRatesOf } from '../../core/scanning/address-share.ts';
import { makeClaims } from '../../fargate-scanner/claims.ts';
import { runScanner } from '../../fargate-scanner/queue-loop.ts';
import { runProgress } from '../../fargate-scanner/progress.ts';
import { makeAlertFunction } from '../../lambdas/alert/function.ts';
import { makeDispatchFunction } from '../../lambdas/dispatch/function.ts';
import { makeIngestFunction } from '../../lambdas/ingest/function.ts';
import { makeInventoryFunction } from '../../lambdas/inventory/function.ts';
import { makeReconcileFunction } from '../../lambdas/reconcile/function.ts';
import type { SqsConsumer } from '../../lambdas/sqs-consumer.ts';
import { assetOf, type Fleet, PLACE } from './fleet.ts';
import type { Pipeline } from './pipeline.ts';
import type { Counts } from './tally.ts';

/** Invocations of one function: what they asked of the table and the queues, and CPU milliseconds of this machine. */
export interface Work extends Counts {
  readonly invocations: number;
  readonly cpuMs: number;
}

/** A start of a task, all the way to the store. */
export interface TaskWork {
  readonly shards: number;
  readonly addressResults: number;
  readonly dispatch: Work;
  /** The scanner's queue loop. */
  readonly scan: Counts;
  readonly ingest: Work;
}

/** The functions and the scanner's loop, as their handlers put them together, for one fleet. Each shard takes `stepMs` by the pipeline's clock. */
export function handlersFor(pipeline: Pipeline, fleet: Fleet, stepMs: number) {
  const { base, clock, tally } = pipeline;
  const assets = fleet.addresses.map((address) => assetOf(address, clock.now()));
  const source = { list: async () => assets };
  // A function that runs every ten minutes remembers nothing. No address is configured: the inventory has stored all.
  const configured = { clock, source: { list: async () => [] }, assets: base.assets, speaksFor: CONFIGURED };
  const dispatch = (event: object) => {
    const watched = joinAssets([{ list: watchedAssets(configured) }, storedInventory(base.assets)]);
    return makeDispatchFunction({ ...base, watched: () => watched.list() })(event);
  };
  const ingest = makeIngestFunction(base, pipeline.deadLetters('results'), PRICED_CLOSURE_POLICY);
  const alert = makeAlertFunction(
    { ...base, sink: { publish: async () => undefined } },
    pipeline.deadLetters('alerts'),
  );
  const inventory = makeInventoryFunction({
    ...base,
    reader: {
      places: [PLACE],
      readAll: async () => fleet.network(PLACE, clock.now()),
      readAround: async () => fleet.network(PLACE, clock.now()),
    },
    sourceWith: () => source,
    assetsOf: () => assets,
  });

  const measured = async (invocations: () => Promise<number>): Promise<Work> => {
    const before = process.cpuUsage();
    let count = 0;
    const counts = await tally.during(async () => {
      count = await invocations();
    });
    const { user, system } = process.cpuUsage(before);
    return { ...counts, invocations: count, cpuMs: (user + system) / 1_000 };
  };
  const once = (call: () => Promise<unknown>) =>
    measured(async () => {
      await call();
      return 1;
    });
  const consumeAll = (name: QueueName, consumer: SqsConsumer) =>
    measured(async () => {
      let count = 0;
      for (let body = await pipeline.take(name); body !== undefined; body = await pipeline.take(name)) {
        const { batchItemFailures } = await consumer(eventOf(body, `${name}-${count}`));
        if (batchItemFailures.length > 0) throw new Error(`a message of ${name} failed: ${body.slice(0, 200)}`);
        count += 1;
      }
      return count;
    });

  // A long poll that is given up here goes on at the server and takes a message of the next run with it.
  const atOnce = (lane: ShardSource): ShardSource => ({
    ...lane,
    async receive({ signal }) {
      const received = await lane.receive({ waitSeconds: 0, ...(signal && { signal }) });
      if (received === undefined) await sleep(LOOK_EVERY_MS);
      return received;
    },
  });
  const lanes = {
    priority: atOnce(pipeline.lanes.priority),
    bulk: atOnce(pipeline.lanes.bulk),
    backstop: atOnce(pipeline.lanes.backstop),
  };

  /** Until the queues of shards are empty. */
  const scanAll = async (idleMs: number) => {
    const seen = { shards: 0, addressResults: 0 };
    const stop = new AbortController();
    let idle: NodeJS.Timeout | undefined;
    const rearm = (): void => {
      clearTimeout(idle);
      idle = setTimeout(() => stop.abort(), idleMs);
    };
    rearm();
    const counts = await tally.during(() =>
      runScanner({
        queues: { ...lanes, results: pipeline.results },
        scan: async (shard) => {
          rearm();
          seen.shards += 1;
          seen.addressResults += shard.addresses.length;
          clock.advance(stepMs);
          return fleet.scan(shard, clock.now());
        },
        whyStopped: async () => null,
        claims: makeClaims({
          leases: base.addressLeases,
          clock,
          log: base.log,
          scanner: '0123456789ab',
          lifeMs: LEASE_MS,
          rates: addressRatesOf(PER_ADDRESS_RATE, SCANNERS),
          isOwn: () => false,
        }),
        signal: stop.signal,
        log: base.log,
        progress: runProgress(),
        concurrency: { priority: 1, bulk: 1, backstop: 1 },
      }),
    );
    clearTimeout(idle);
    return { ...seen, counts };
  };

  return {
    async runTask(task: ScanTask): Promise<TaskWork> {
      const event = { taskId: task.id, scheduledAt: clock.now() };
      const dispatched = await once(() => dispatch(event));
      const { shards, addressResults, counts } = await scanAll(IDLE_MS);
      return {
        shards,
        addressResults,
        dispatch: dispatched,
        scan: counts,
        ingest: await consumeAll('results', ingest),
      };
    },
    /** Scans and takes what is on the queues, until nothing asks for more. `patient`: also what is delayed. */
    async settle({ patient = false } = {}): Promise<{ scan: Counts; ingest: Work }[]> {
      const rounds: { scan: Counts; ingest: Work }[] = [];
      for (;;) {
        const { shards, counts } = await scanAll(patient ? PATIENT_MS : IDLE_MS);
        if (shards === 0) return rounds;
        rounds.push({ scan: counts, ingest: await consumeAll('results', ingest) });
      }
    },
    alerts: () => consumeAll('alerts', alert),
    reconcile: () => once(makeReconcileFunction(base)),
    inventory: () => once(inventory),
  };
}

/** No shard for this long: the queues are empty. They are in this process. */
const IDLE_MS = 300;
const LOOK_EVERY_MS = 10;
/** fargate-scanner/main.ts and env.ts; one task, and one in reserve. */
const [LEASE_MS, PER_ADDRESS_RATE, SCANNERS] = [45_000, 500, 2];
/** Confirmations of a closure are spaced. */
const PATIENT_MS = 15_000;

function eventOf(body: string, messageId: string): SQSEvent {
  return {
    Records: [
      {
        messageId,
        receiptHandle: messageId,
        body,
        attributes: {
          ApproximateReceiveCount: '1',
          SentTimestamp: '0',
          SenderId: 'x',
          ApproximateFirstReceiveTimestamp: '0',
        },
        messageAttributes: {},
        md5OfBody: '',
        eventSource: 'aws:sqs',
        eventSourceARN: 'arn:aws:sqs:us-east-1:123456789012:results',
        awsRegion: 'us-east-1',
      },
    ],
  };
}
