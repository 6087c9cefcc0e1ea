import { setTimeout as sleep } from 'node:timers/promises';
import type { Asker } from '../../../core/scanning/liveness/link-frames.ts';
import { LinkSocket } from '../liveness/link-socket.ts';
import type { Libc } from '../sockets/libc.ts';

/** As Linux: three questions, a second apart (ms). */
const QUESTIONS = 3;
const APART_MS = 1_000;
/** How often questions leave and answers are looked for (ms). */
const TICK_MS = 20;

/** Who has an address on an Ethernet link? */
export interface Question {
  /** Number of the interface. */
  readonly link: number;
  readonly asker: Asker;
  readonly address: Uint8Array;
}

/** Of one address on one link. */
export function keyOf({ link, address }: Pick<Question, 'link' | 'address'>): string {
  return `${link} ${Buffer.from(address).toString('hex')}`;
}

/**
 * Asks by ARP and neighbour discovery, at most `rate` questions a second. The Ethernet addresses of those that answered, by `keyOf`.
 * @throws SystemError EPERM without CAP_NET_RAW
 */
export async function askLinks(
  libc: Libc,
  questions: readonly Question[],
  rate: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Uint8Array>> {
  const open = new Map(questions.map((question) => [keyOf(question), question]));
  const answers = new Map<string, Uint8Array>();
  const sockets = new Map<string, { readonly link: number; readonly socket: LinkSocket }>();
  const socketOf = ({ link, asker }: Question): LinkSocket => {
    const key = keyOf({ link, address: asker.address });
    const known = sockets.get(key) ?? { link, socket: new LinkSocket(libc, link, asker) };
    sockets.set(key, known);
    return known.socket;
  };
  const hear = (): void => {
    for (const { link, socket } of sockets.values()) {
      socket.drain(({ address, mac }) => {
        const key = keyOf({ link, address });
        if (open.delete(key)) answers.set(key, mac);
      });
    }
  };
  const wait = async (): Promise<void> => {
    for (const { socket } of sockets.values()) socket.flush();
    await sleep(TICK_MS);
    hear();
  };
  const atOnce = Math.max(1, Math.floor((rate * TICK_MS) / 1_000));
  try {
    for (let round = 0; round < QUESTIONS; round += 1) {
      const startedAt = performance.now();
      let asked = 0;
      for (const question of open.values()) {
        if (signal.aborted) return answers;
        socketOf(question).put(question.address);
        asked += 1;
        if (asked % atOnce === 0) await wait();
      }
      while (open.size > 0 && !signal.aborted && performance.now() - startedAt < APART_MS) await wait();
    }
    return answers;
  } finally {
    for (const { socket } of sockets.values()) socket.close();
  }
}
