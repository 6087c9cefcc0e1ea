import type { UdpTarget, UdpVerdict } from '../../../../core/scanning/udp/udp-target.ts';

export type Kind = 'open' | 'closed' | 'silent' | 'prohibited';

export interface Model {
  readonly kinds: readonly Kind[];
  /** ICMP errors that may be saved up, and milliseconds until there is one more; 0: no limit. */
  readonly burst: number;
  readonly everyMs: number;
  readonly rttMs: number;
  /** True: what is prohibited is refused by a firewall before the host, with an allowance of its own, as large. */
  readonly firewall?: boolean;
  /** Whether the n-th packet, probes and answers counted alike, is lost. */
  readonly lost?: (n: number) => boolean;
}

const CLOSED = { state: 'closed', reason: 'icmp-port-unreachable' } as const;
const PROHIBITED = { state: 'prohibited', reason: 'icmp-admin-prohibited' } as const;
/** Single probes a millisecond, at most. */
const PER_MS = 5;
/** Between two probes of a group, milliseconds. */
const GAP_MS = 0.05;

/**
 * Lets a target scan a host of this model on a clock of its own. Returns the moment of the end, the probes sent, and what became of each
 * port. `most`: ports to a group; `limitMs`: when to give up.
 */
export function scanModel(
  target: UdpTarget,
  verdicts: readonly UdpVerdict[],
  model: Model,
  { most = 128, limitMs = 600_000, stopAt = Infinity } = {},
): { at: number; probes: number; states: string[]; reasons: (string | undefined)[] } {
  let [packets, probes] = [0, 0];
  const allowances = { host: { tokens: model.burst, at: 0 }, firewall: { tokens: model.burst, at: 0 } };
  const arriving: { at: number; deliver: (now: number) => void }[] = [];
  const passes = (): boolean => model.lost?.((packets += 1)) !== true;
  const mayRefuse = (sender: 'host' | 'firewall', now: number): boolean => {
    if (model.everyMs === 0) return true;
    const allowance = allowances[sender];
    allowance.tokens = Math.min(model.burst, allowance.tokens + (now - allowance.at) / model.everyMs);
    allowance.at = now;
    if (allowance.tokens < 1) return false;
    allowance.tokens -= 1;
    return true;
  };
  const send = (index: number, at: number): void => {
    probes += 1;
    const kind = model.kinds[index];
    if (!passes() || kind === 'silent') return;
    const sender = kind === 'prohibited' && model.firewall === true ? 'firewall' : 'host';
    if (kind !== 'open' && !mayRefuse(sender, at)) return;
    if (!passes()) return;
    arriving.push({
      at: at + model.rttMs,
      deliver: (now) => {
        if (kind === 'open') target.answered(index, now);
        else target.refused(index, kind === 'closed' ? CLOSED : PROHIBITED, sender, now);
      },
    });
  };
  let now = 0;
  for (; !target.finished && now < limitMs; now += 1) {
    if (now >= stopAt) target.stop();
    while (arriving[0] !== undefined && arriving[0].at <= now) arriving.shift()?.deliver(now);
    if (now % 10 === 0) target.expire(now, false);
    for (let left = PER_MS; left > 0; left -= 1) {
      const indexes = target.next(now, most);
      if (indexes.length === 0) break;
      indexes.forEach((index, i) => send(index, now + i * GAP_MS));
    }
  }
  const of = (index: number) => verdicts.find((verdict) => verdict.index === index);
  return {
    at: now,
    probes,
    states: model.kinds.map((_, index) => of(index)?.state ?? 'none'),
    reasons: model.kinds.map((_, index) => of(index)?.reason),
  };
}
