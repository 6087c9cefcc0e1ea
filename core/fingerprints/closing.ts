import { after, type Instant } from '../time.ts';
import type { ClosurePolicy } from './closure-policy.ts';
import type { PendingClosure } from './fingerprint.ts';

/** One result in which an open port did not answer open. */
export interface Miss {
  readonly port: number;
  /** `refused`: answered RST or unreachable; `silent`: did not answer. */
  readonly kind: 'refused' | 'silent';
  /** Probes behind the answer. */
  readonly probes: number;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  /** The port went silent together with others of its address. */
  readonly pooled: boolean;
}

export interface Count {
  readonly pending: PendingClosure;
  /** False when a silent probe came sooner than its gap: it says nothing that the last one did not. */
  readonly counted: boolean;
  /** How the closure is shown; null while more evidence is needed. */
  readonly closedBy: 'refused' | 'silence' | null;
  /** The earliest moment at which another silent probe counts; when refused, at once. */
  readonly nextAt: Instant;
}

/** Adds a miss to what is known since the port was last seen open. Refusals and silences add up; neither takes away from the other. */
export function countMiss(before: PendingClosure | undefined, miss: Miss, policy: ClosurePolicy): Count {
  const start: PendingClosure = before ?? {
    port: miss.port,
    since: miss.finishedAt,
    refused: 0,
    silent: 0,
    lastProbeAt: miss.finishedAt,
    pooled: false,
  };
  const counted = miss.kind === 'refused' || before === undefined || miss.startedAt >= dueAt(before, policy);
  const pending: PendingClosure = {
    ...start,
    refused: start.refused + (miss.kind === 'refused' ? miss.probes : 0),
    silent: start.silent + (miss.kind === 'silent' && counted ? 1 : 0),
    lastProbeAt: counted && miss.finishedAt > start.lastProbeAt ? miss.finishedAt : start.lastProbeAt,
    pooled: start.pooled || (miss.kind === 'silent' && miss.pooled),
  };
  const closedBy = shownClosed(pending, policy);
  const nextAt = closedBy !== null || miss.kind === 'refused' ? miss.finishedAt : dueAt(pending, policy);
  return { pending, counted, closedBy, nextAt };
}

function gapsOf(pending: PendingClosure, policy: ClosurePolicy): readonly number[] {
  return pending.pooled ? [...policy.silentGapsMs, policy.pooledGapMs] : policy.silentGapsMs;
}

function dueAt(pending: PendingClosure, policy: ClosurePolicy): Instant {
  return after(pending.lastProbeAt, gapsOf(pending, policy)[pending.silent + pending.refused - 1] ?? 0);
}

function shownClosed(pending: PendingClosure, policy: ClosurePolicy): 'refused' | 'silence' | null {
  if (pending.refused >= policy.refusals) return 'refused';
  if (pending.silent + pending.refused < gapsOf(pending, policy).length + 1) return null;
  return pending.refused > 0 ? 'refused' : 'silence';
}
