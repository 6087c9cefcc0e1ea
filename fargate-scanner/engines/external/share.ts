import type { TokenSource } from '../../../core/scanning/pacing.ts';

/** How often the tokens that a program uses are taken from the shared ones. */
const TAKE_MS = 50;
/** Of the shared rate: no program waits for a token, so that what is urgent would never find one beside it. */
const PART = 0.8;

/** Most probes a second of a program whose tokens others take from too. */
export function rateBeside(rate: number, shared: TokenSource | null): number {
  return shared === null ? rate : Math.min(rate, (shared.rate ?? rate) * PART);
}

/** Takes what a program may use from the tokens that others take from too, so that they leave room for it. Returns what ends it. */
export function takeTokens(shared: TokenSource | null, rate: number): () => void {
  if (shared === null) return () => undefined;
  let takenTo = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    const tokens = Math.floor(((now - takenTo) * rate) / 1_000);
    shared.available(now);
    for (let i = 0; i < tokens; i += 1) shared.take();
    takenTo += (tokens * 1_000) / rate;
  }, TAKE_MS);
  return () => clearInterval(timer);
}
