import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningPortcullis, tryConnect } from '../../test/e2e/support/portcullis.ts';
import { keyOf, type Listener } from './listeners.ts';

const LOOK_EVERY_MS = 50;

export interface Decided {
  readonly where: string;
  /** From the click to `verifiedAt` in the API; null: not within the patience, or the port still answers. */
  readonly verifiedMs: number | null;
}

/** Clicks the printed link of each listener at a random moment within `withinMs` and waits until its closure is verified. */
export async function approveSome(
  portcullis: RunningPortcullis,
  some: readonly Listener[],
  withinMs: number,
  random: () => number,
  patienceMs: number,
): Promise<Decided[]> {
  const plan = some.map((listener) => ({ listener, at: random() * withinMs }));
  return Promise.all(
    plan.map(async ({ listener, at }) => {
      await sleep(at);
      return { where: keyOf(listener), verifiedMs: await approveOne(portcullis, listener, patienceMs) };
    }),
  );
}

async function approveOne(portcullis: RunningPortcullis, listener: Listener, patienceMs: number) {
  // With the end of its line: output arrives in pieces, and a piece of a link is none.
  const link = new RegExp(`decide on ${keyOf(listener).replaceAll('.', '\\.')}: (http\\S+)\\n`).exec(
    portcullis.out,
  )?.[1];
  if (link === undefined) return null;
  const clickedAt = performance.now();
  const answer = await fetch(link, { method: 'POST', body: new URLSearchParams({ decision: 'approve' }) });
  if (!answer.ok) throw new Error(`POST of the link of ${keyOf(listener)}: ${answer.status}`);
  const { address, port } = listener;
  while (performance.now() - clickedAt < patienceMs) {
    const [finding] = await portcullis.get<{ verifiedAt: string | null }[]>(
      `/api/findings?address=${address}&port=${port}`,
    );
    const tookMs = performance.now() - clickedAt;
    if (finding?.verifiedAt) return (await tryConnect(address, port)) === 'open' ? null : tookMs;
    await sleep(LOOK_EVERY_MS);
  }
  return null;
}
