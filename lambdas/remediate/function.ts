import type { BasePorts } from '../../core/ports/base-ports.ts';
import type { DeadLetters } from '../../core/ports/dead-letters.ts';
import { RemediationRequest } from '../../core/remediation/plan.ts';
import { runChange } from '../../core/remediation/run-change.ts';
import { changePorts } from '../change-ports.ts';
import { type SqsConsumer, sqsConsumer } from '../sqs-consumer.ts';

/** Queue `remediation` -> firewall, then a shard that proves it. */
export function makeRemediateFunction(base: BasePorts, deadLetters: DeadLetters): SqsConsumer {
  const ports = changePorts(base);
  return sqsConsumer(
    RemediationRequest,
    async (request) => {
      const { kind } = await runChange(ports, request);
      base.log.info('change', { plan: request.planId, action: request.action, outcome: kind });
    },
    { deadLetters, log: base.log },
  );
}
