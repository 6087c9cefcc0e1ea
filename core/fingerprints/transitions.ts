import { idOf } from '../identity.ts';
import { PortSet } from '../net/port-set.ts';
import { msBetween } from '../time.ts';
import type { Change, ChangeKind } from './change.ts';
import { type Count, countMiss } from './closing.ts';
import type { ClosurePolicy } from './closure-policy.ts';
import { closingEvidence, openingEvidence } from './evidence.ts';
import type { Fingerprint, PendingClosure, PortHistory } from './fingerprint.ts';
import type { ResultContext } from './result-context.ts';
import { portsOf } from './port-text.ts';
import type { AddressResult, OpenPort } from './shard-result.ts';

/** Probe these ports again: purpose confirm, same protocol, not sooner than `delayMs` (round up, never down). */
export interface ConfirmRequest {
  ports: PortSet;
  delayMs: number;
  tries: number;
}

export interface Judged {
  next: Pick<Fingerprint, 'open' | 'pendingOpen' | 'pendingClosed' | 'history'>;
  /** Ports whose observation this result settles: they are stamped with its time. */
  settled: PortSet;
  changes: Change[];
  confirm: ConfirmRequest[];
  /** True when `next` differs from what it was. */
  structural: boolean;
}

/** What a result says about the `fresh` ports, those it is the newest observation of. */
export function judgePorts(
  before: Fingerprint,
  result: AddressResult,
  fresh: PortSet,
  context: ResultContext,
  policy: ClosurePolicy,
): Judged {
  const work = new Work(before, result, context, policy);
  const seenOpen = bestAnswers(result.open, fresh);
  for (const open of seenOpen.values()) work.sawOpen(open);
  const openNow = PortSet.from(seenOpen.keys());
  if (context.status !== 'complete') return work.done(openNow.subtract(work.unsettled()));

  work.notOpen(fresh.subtract(openNow));
  return work.done(fresh.subtract(work.unsettled()));
}

/** One answer a port, a completed connection before a bare SYN-ACK; ascending by port. */
function bestAnswers(open: readonly OpenPort[], within: PortSet): Map<number, OpenPort> {
  const best = new Map<number, OpenPort>();
  for (const answer of open.toSorted((a, b) => a.port - b.port)) {
    if (!within.has(answer.port)) continue;
    const known = best.get(answer.port);
    if (known === undefined || (known.reason === 'syn-ack' && answer.reason !== 'syn-ack'))
      best.set(answer.port, answer);
  }
  return best;
}

class Work {
  private readonly before: Fingerprint;
  private readonly result: AddressResult;
  private readonly context: ResultContext;
  private readonly policy: ClosurePolicy;
  private readonly wasOpen: PortSet;
  private readonly wasPending: PortSet;
  private readonly opened: number[] = [];
  private readonly closed: number[] = [];
  private readonly halfOpen: number[] = [];
  /** Half open and never observed before: left unobserved, so that the confirmation is first-seen and not opened. */
  private readonly neverObserved: number[] = [];
  private readonly settledOpen: number[] = [];
  private dropped = PortSet.EMPTY;
  private readonly pendings: Map<number, PendingClosure>;
  private readonly history: Map<number, PortHistory>;
  private readonly changes: Change[] = [];
  private readonly asks = new Map<number, number[]>();
  private structural = false;

  constructor(before: Fingerprint, result: AddressResult, context: ResultContext, policy: ClosurePolicy) {
    this.before = before;
    this.result = result;
    this.context = context;
    this.policy = policy;
    this.wasOpen = portsOf(before.open);
    this.wasPending = portsOf(before.pendingOpen);
    this.pendings = new Map(before.pendingClosed.map((pending) => [pending.port, pending]));
    this.history = new Map(before.history.map((entry) => [entry.port, entry]));
  }

  sawOpen(answer: OpenPort): void {
    const { port } = answer;
    if (this.wasOpen.has(port)) {
      if (this.pendings.delete(port)) this.structural = true;
      return;
    }
    const observed = this.before.observed.find((segment) => portsOf(segment.ports).has(port));
    if (this.isProof(answer)) {
      this.settledOpen.push(port);
      this.opened.push(port);
      const kind = observed === undefined ? 'first-seen' : 'opened';
      this.transition(port, kind, null, (at) => openingEvidence(answer, this.context.engine, at, observed?.at ?? null));
      return;
    }
    if (observed === undefined) this.neverObserved.push(port);
    this.halfOpen.push(port);
    if (!this.wasPending.has(port)) this.structural = true;
    // An engine that cannot finish a connection would ask itself for ever; a second answer over UDP is always proof.
    if (this.context.purpose === 'sweep' || answer.reason === 'answered') this.ask(port, 0);
  }

  /** Anybody can forge one answer over UDP: the second is to a shard of its own, which was asked for after the first. */
  private isProof({ port, reason }: OpenPort): boolean {
    if (reason === 'syn-ack') return false;
    return reason !== 'answered' || (this.context.purpose === 'confirm' && this.wasPending.has(port));
  }

  notOpen(ports: PortSet): void {
    this.dropped = this.wasPending.intersect(ports);
    if (!this.dropped.isEmpty) this.structural = true;
    const missed = this.wasOpen.intersect(ports);
    if (missed.isEmpty) return;
    const refusing = portsOf(this.result.closed);
    const pooled = missed.subtract(refusing).size >= this.policy.poolAt;
    for (const port of missed) {
      const kind = refusing.has(port) ? 'refused' : 'silent';
      const { probes, startedAt, finishedAt } = this.result;
      const before = this.pendings.get(port);
      const count = countMiss(before, { port, kind, probes, startedAt, finishedAt, pooled }, this.policy);
      this.missed(port, before, count);
    }
  }

  private missed(port: number, before: PendingClosure | undefined, count: Count): void {
    if (count.closedBy !== null) {
      this.pendings.delete(port);
      this.closed.push(port);
      this.transition(port, 'closed', count.closedBy, (at) => closingEvidence(count.pending, this.context.engine, at));
      return;
    }
    this.pendings.set(port, count.pending);
    if (count.counted || count.pending.pooled !== before?.pooled) this.structural = true;
    // A sweep that came too soon asks nothing: the shard that was asked for is still on its way.
    if (count.counted || this.context.purpose === 'confirm') {
      this.ask(port, Math.max(0, msBetween(this.result.finishedAt, count.nextAt)));
    }
  }

  private transition(
    port: number,
    kind: ChangeKind,
    closedBy: PortHistory['closedBy'],
    evidence: (at: string) => string,
  ): void {
    const { address, protocol, finishedAt } = this.result;
    const last = this.history.get(port);
    const transition = (last?.transitions ?? 0) + 1;
    this.history.set(port, { port, transitions: transition, changedAt: finishedAt, closedBy });
    this.changes.push({
      id: idOf('c', address, protocol, port, transition),
      kind,
      address,
      protocol,
      port,
      transition,
      at: finishedAt,
      evidence: evidence(finishedAt),
      flap: kind === 'opened' && last?.closedBy === 'silence',
      runId: this.context.runId,
    });
    this.structural = true;
  }

  private ask(port: number, delayMs: number): void {
    const ports = this.asks.get(delayMs);
    if (ports) ports.push(port);
    else this.asks.set(delayMs, [port]);
  }

  unsettled(): PortSet {
    return PortSet.from(this.neverObserved);
  }

  done(settled: PortSet): Judged {
    const opened = PortSet.from(this.opened);
    return {
      next: {
        open: this.wasOpen.union(opened).subtract(PortSet.from(this.closed)).toString(),
        pendingOpen: this.wasPending
          .subtract(this.dropped)
          .union(PortSet.from(this.halfOpen))
          .subtract(opened)
          .toString(),
        pendingClosed: [...this.pendings.values()].sort((a, b) => a.port - b.port),
        history: [...this.history.values()].sort((a, b) => a.port - b.port),
      },
      settled,
      changes: this.changes.sort((a, b) => a.port - b.port),
      confirm: [...this.asks]
        .sort(([a], [b]) => a - b)
        .map(([delayMs, ports]) => ({ ports: PortSet.from(ports), delayMs, tries: this.policy.confirmTries })),
      structural: this.structural,
    };
  }
}
