import { messageOf } from '../../core/errors.ts';
import { type DefaultWay, defaultWays } from './syn/ways/default-ways.ts';

export interface WaysOut {
  /** How SYNs leave, for people. */
  readonly text: string;
  /** A router that did not answer when the kernel last looked for it. */
  readonly deaf: DefaultWay | null;
  /** A way over no Ethernet. */
  readonly tunnel: DefaultWay | null;
  /** Whether the kernel told. */
  readonly known: boolean;
}

/** How SYNs to elsewhere would leave this machine. Nothing is sent, and it never rejects: only people read it. */
export async function waysOut(): Promise<WaysOut> {
  try {
    const ways = defaultWays();
    const text = ways.length === 0 ? 'no default route: only its own links are reached' : ways.map(textOf).join('; ');
    const deaf = ways.find(({ neighbour }) => neighbour === 'failed') ?? null;
    const tunnel = ways.find(({ path }) => path === 'kernel') ?? null;
    return { text, deaf, tunnel, known: true };
  } catch (error) {
    return { text: `the routes cannot be read: ${messageOf(error)}`, deaf: null, tunnel: null, known: false };
  }
}

/** `IPv4 through 192.0.2.1 on eth0 as Ethernet frames`. */
function textOf({ family, link, gateway, path, neighbour }: DefaultWay): string {
  const to = `IPv${family}${gateway === null ? '' : ` through ${gateway}`} on ${link}`;
  if (path === 'kernel') return `${to} by the kernel's routing (no Ethernet there)`;
  const frames = `${to} as Ethernet frames`;
  if (neighbour === 'unknown') return `${frames} as soon as the kernel has found its router`;
  return neighbour === 'failed' ? `${frames}, but its router did not answer when it was last looked for` : frames;
}
