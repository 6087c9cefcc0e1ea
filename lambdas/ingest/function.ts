import { ShardResult } from '../../core/fingerprints/shard-result.ts';
import { type ClosurePolicy, DEFAULT_CLOSURE_POLICY } from '../../core/fingerprints/closure-policy.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import type { DeadLetters } from '../../core/ports/dead-letters.ts';
import { recordVerification } from '../../core/remediation/verify.ts';
import { type Metrics, NO_METRICS } from '../../core/ports/metrics.ts';
import { makeFollowChange } from '../../core/stages/follow-change.ts';
import { makeIngest } from '../../core/stages/ingest.ts';
import { changePorts, preparationWith } from '../change-ports.ts';
import { outcomeOf, type SqsConsumer, sqsBatchConsumer } from '../sqs-consumer.ts';

/** Queue `results` -> fingerprints, changes, findings, queue `alerts`; of a change that has no answer yet, the next probe. */
export function makeIngestFunction(
  base: BasePorts & { metrics?: Metrics },
  deadLetters: DeadLetters,
  closure: ClosurePolicy = DEFAULT_CLOSURE_POLICY,
): SqsConsumer {
  const ports = changePorts(base);
  const ingest = makeIngest({
    ...base,
    closure,
    alertWindowMs: base.settings.alertWindowMs,
    ...preparationWith(base),
    verify: (result) => recordVerification(ports, result),
    follow: makeFollowChange({ ...base, metrics: base.metrics ?? NO_METRICS }),
  });
  return sqsBatchConsumer(
    ShardResult,
    async (results) =>
      (await ingest(results)).map((ingested) => (ingested.ok ? { kind: 'done' } : outcomeOf(ingested.error))),
    { deadLetters, log: base.log },
  );
}
