import * as fc from 'fast-check';
import { FAULT_KINDS, type FaultKind, type FaultRule, WRITES } from '../aws/fault-proxy.ts';
import { type LabCase, labCase } from './lab-case.ts';

/** What breaks besides single calls: the process ends before or after a call, or somebody else edits the groups. */
export type Trouble = FaultKind | 'killed-before' | 'killed-after' | 'edited-before-run' | 'edited-between-calls';

const READS = ['DescribeSecurityGroupRules', 'DescribeSecurityGroups', 'DescribeNetworkInterfaces'];
/** Whatever is needed to write or after it. */
const OF_WRITES: ReadonlySet<Trouble> = new Set([
  'stale',
  'lost-and-stale',
  'late',
  'forbidden',
  'killed-before',
  'killed-after',
  'edited-before-run',
  'edited-between-calls',
]);

export interface FaultCase {
  readonly closure: LabCase;
  readonly trouble: Trouble;
  /** In which change: the closure, or its rollback. */
  readonly phase: 'apply' | 'rollback';
  readonly calls: 'writes' | 'one kind of write' | 'reads';
  /** Chooses the call; any number. */
  readonly position: number;
  /** How many calls are hit: within one call's ten tries, beyond them, beyond all three calls, for ever. */
  readonly times: number;
  /** At most five: a sixth read in a row that is stale would be more than 15 s on EC2. */
  readonly staleReads: number;
}

/** Every kind of trouble as often as any other. */
export const faultCase: fc.Arbitrary<FaultCase> = fc
  .record({
    closure: labCase,
    trouble: fc.constantFrom<Trouble>(
      ...FAULT_KINDS,
      'killed-before',
      'killed-after',
      'edited-before-run',
      'edited-between-calls',
    ),
    phase: fc.constantFrom('apply' as const, 'apply' as const, 'rollback' as const),
    calls: fc.constantFrom('writes' as const, 'writes' as const, 'one kind of write' as const, 'reads' as const),
    position: fc.nat(),
    times: fc.constantFrom(1, 2, 11, 40, Infinity),
    staleReads: fc.integer({ min: 1, max: 5 }),
  })
  .map((one) => ({
    ...one,
    calls: one.calls === 'reads' && OF_WRITES.has(one.trouble) ? 'writes' : one.calls,
    // A call that is stale or late for ever, or is edited at every turn, is no fault but another service.
    times: OF_WRITES.has(one.trouble) ? Math.min(one.times, 2) : one.times,
  }));

/** The rule for the proxy. `writes`: actions that the change calls when nothing breaks, in order. */
export function faultRule(
  { trouble, calls, position, times, staleReads }: FaultCase,
  writes: readonly string[],
): FaultRule {
  const fault = trouble as FaultKind;
  if (calls === 'reads') {
    return { fault, actions: [READS[position % READS.length]!], after: Math.floor(position / 3) % 8, times };
  }
  const at = position % writes.length;
  if (trouble === 'forbidden') return { fault, actions: [writes[at]!], after: 0, times: Infinity };
  if (calls === 'writes') return { fault, actions: WRITES, after: at, times, staleReads };
  const action = writes[at]!;
  const after = writes.slice(0, at).filter((each) => each === action).length;
  return { fault, actions: [action], after, times, staleReads };
}
