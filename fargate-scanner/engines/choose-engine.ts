import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { messageOf } from '../../core/errors.ts';
import { PortSet } from '../../core/net/port-set.ts';
import type { Engine } from './engine.ts';

const LOOPBACK = '127.0.0.1';
/** Listeners that the self-test must find, all of them. */
const LISTENERS = 4;
const TRIES = 3;
const TIMEOUT_MS = 300;
const RATE = 1_000;

/** Which engine is to be used, and why it is not the better one; null: there is none better. */
export type EngineChoice =
  | { readonly name: 'syn'; readonly engine: Engine; readonly whyNotBetter: null }
  | { readonly name: 'connect'; readonly engine: null; readonly whyNotBetter: string };

/**
 * Tries the SYN engine on listeners of its own, on this machine's loopback: koffi must load, raw sockets must open, and every listener must be
 * found. Never throws: what goes wrong is the reason to stay with connections.
 */
export async function chooseEngine(syn: Engine, platform: string = process.platform): Promise<EngineChoice> {
  const reason = platform === 'linux' ? await whyNot(syn) : `the SYN engine needs Linux, this is ${platform}`;
  if (reason !== null) return { name: 'connect', engine: null, whyNotBetter: reason };
  return { name: 'syn', engine: syn, whyNotBetter: null };
}

async function whyNot(syn: Engine): Promise<string | null> {
  const servers: Server[] = [];
  try {
    const wanted: number[] = [];
    for (let i = 0; i < LISTENERS; i += 1) {
      const server = createServer((socket) => socket.destroy());
      servers.push(server);
      wanted.push(await portOf(server));
    }
    return await scan(syn, wanted);
  } catch (thrown) {
    return `its self-test failed: ${messageOf(thrown)}`;
  } finally {
    for (const server of servers) server.close();
  }
}

async function portOf(server: Server): Promise<number> {
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the listener has no port');
  return bound.port;
}

async function scan(syn: Engine, wanted: readonly number[]): Promise<string | null> {
  const targets = [{ address: LOOPBACK, ports: PortSet.from(wanted), rate: null }];
  const job = { targets, tries: TRIES, timeoutMs: TIMEOUT_MS, rate: RATE, shared: null, seed: 1 };
  const open = new Set<number>();
  for await (const event of syn.scan(job, new AbortController().signal)) {
    if (event.kind === 'stopped') return refused(event.reason);
    if (event.kind !== 'observations') continue;
    for (const { state, ports } of event.observations) if (state === 'open') for (const port of ports) open.add(port);
  }
  if (open.size === wanted.length) return null;
  return `its self-test lost probes: ${open.size} of ${wanted.length} listeners found on ${LOOPBACK}`;
}

function refused(reason: string): string {
  return /\b(?:EPERM|EACCES)\b/.test(reason) ? `CAP_NET_RAW is missing (${reason})` : reason;
}
