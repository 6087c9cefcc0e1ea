import type { FaultCase } from './fault-case.ts';
import type { FaultResult } from './fault-run.ts';

/** How a change with a fault ended, for the count of all. */
export type End =
  | 'after'
  | 'before'
  | 'as somebody else left it'
  | `halfway, ${'somebody else edited' | 'every call was refused'}, ${'lets in what before did' | 'lets in less than before'}`
  | 'neither';

/**
 * The record must say what the rules are, besides an edit by somebody else, which stays: applied is after, refused and rolled back are
 * before. A rollback that is not begun leaves after. A plan may be `failed` with rules that are neither only where nobody could do better,
 * and a person is told:
 * - somebody else edited the groups while rules were being removed: a rule that is gone may be gone by their hand, and must not come back.
 * - the permission to write or to read was withdrawn between two calls, so that it can be neither finished nor undone.
 * Even then nobody is shut out who is let in after, and nobody let in who was not before (`FaultRun` checks that after every call).
 */
export function endOf({ trouble, phase }: FaultCase, { plan, states }: FaultResult): End {
  const is = (state: (typeof states)[number]) => states.includes(state);
  if (phase === 'apply' && plan === 'applied' && is('after')) return 'after';
  if ((plan === 'refused' || plan === 'rolled-back') && is('before')) return 'before';
  if (trouble === 'edited-before-run' && phase === 'rollback' && plan === 'applied' && is('edited')) {
    return 'as somebody else left it';
  }
  if (plan !== 'failed') return 'neither';
  if (trouble === 'forbidden' || trouble === 'refused') {
    if (phase === 'rollback' && is('after')) return 'after';
    if (phase === 'apply' && is('before')) return 'before';
  }
  const letsIn = is('covered') ? 'lets in what before did' : 'lets in less than before';
  if (trouble === 'edited-between-calls') return `halfway, somebody else edited, ${letsIn}`;
  return trouble === 'refused' ? `halfway, every call was refused, ${letsIn}` : 'neither';
}
