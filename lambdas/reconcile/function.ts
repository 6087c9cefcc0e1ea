import type { BasePorts } from '../../core/ports/base-ports.ts';
import { reconcilePlans } from '../../core/remediation/reconcile-plans.ts';
import { makeReconcile } from '../../core/stages/reconcile.ts';
import { changePorts, preparationWith, rejudgeWith } from '../change-ports.ts';

/** Schedule -> whatever a crash or a lost message left behind. */
export function makeReconcileFunction(base: BasePorts): () => Promise<void> {
  const ports = changePorts(base);
  return makeReconcile({
    ...base,
    alertWindowMs: base.settings.alertWindowMs,
    prepare: preparationWith(base).prepare,
    rejudge: rejudgeWith(base),
    reconcilePlans: () => reconcilePlans(ports),
  });
}
