import type { ResultContext } from '../../../core/fingerprints/result-context.ts';

/** What one result says of one port. */
export type Answer = 'connected' | 'syn-ack' | 'refused' | 'silent' | 'unknown' | 'uncovered';

export interface Step {
  startMs: number;
  endMs: number;
  status: ResultContext['status'];
  probes: number;
  answers: Map<number, Answer>;
}

interface PortState {
  seenMs: number | null;
  open: boolean;
  half: boolean;
  miss: { refused: number; silent: number; lastMs: number; pooled: boolean } | null;
  transitions: number;
  closedBySilence: boolean;
}

/** The rules of confirmation written down a second time, one port at a time, with nothing shared but the numbers of the policy. */
export class PortOracle {
  readonly ports = new Map<number, PortState>();

  constructor(universe: readonly number[]) {
    for (const port of universe) {
      this.ports.set(port, {
        seenMs: null,
        open: false,
        half: false,
        miss: null,
        transitions: 0,
        closedBySilence: false,
      });
    }
  }

  apply(step: Step): string[] {
    const fresh = [...this.ports].filter(([port, state]) => {
      const answer = step.answers.get(port) ?? 'uncovered';
      if (answer === 'uncovered' || answer === 'unknown') return false;
      return state.seenMs === null || state.seenMs < step.startMs;
    });
    const silentTogether = fresh.filter(([port, state]) => state.open && step.answers.get(port) === 'silent').length;
    const changes: string[] = [];
    for (const [port, state] of fresh) {
      const answer = step.answers.get(port);
      if (answer === 'connected' || answer === 'syn-ack') {
        if (state.open) {
          state.miss = null;
          state.seenMs = step.startMs;
        } else if (answer === 'connected') {
          state.transitions += 1;
          const kind = state.seenMs === null ? 'first-seen' : 'opened';
          changes.push(`${kind} ${port} ${state.transitions}${state.closedBySilence ? ' flap' : ''}`);
          Object.assign(state, { open: true, half: false, closedBySilence: false, seenMs: step.startMs });
        } else {
          state.half = true;
          if (state.seenMs !== null) state.seenMs = step.startMs;
        }
        continue;
      }
      if (step.status !== 'complete') continue;
      state.seenMs = step.startMs;
      state.half = false;
      if (!state.open) continue;
      if (!this.closes(state, answer === 'refused', step, silentTogether)) continue;
      state.transitions += 1;
      state.closedBySilence = state.miss?.refused === 0;
      state.open = false;
      state.miss = null;
      changes.push(`closed ${port} ${state.transitions}`);
    }
    return changes;
  }

  private closes(state: PortState, refused: boolean, step: Step, silentTogether: number): boolean {
    const gaps = [2, 15, 60, 300];
    if (state.miss === null) {
      state.miss = { refused: 0, silent: 0, lastMs: step.endMs, pooled: false };
      if (refused) state.miss.refused = step.probes;
      else state.miss.silent = 1;
    } else {
      const { miss } = state;
      const gap = [...gaps, 900][miss.refused + miss.silent - 1] ?? 0;
      if (refused) {
        miss.refused += step.probes;
        miss.lastMs = Math.max(miss.lastMs, step.endMs);
      } else if (step.startMs >= miss.lastMs + gap * 1_000) {
        miss.silent += 1;
        miss.lastMs = Math.max(miss.lastMs, step.endMs);
      }
    }
    if (!refused && silentTogether >= 3) state.miss.pooled = true;
    const { refused: refusals, silent, pooled } = state.miss;
    return refusals >= 2 || refusals + silent >= (pooled ? 6 : 5);
  }

  list(which: (state: PortState) => boolean): number[] {
    return [...this.ports].filter(([, state]) => which(state)).map(([port]) => port);
  }
}
