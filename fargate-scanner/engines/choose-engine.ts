import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { messageOf } from '../../core/errors.ts';
import { PortSet } from '../../core/net/port-set.ts';
import type { Engine } from './engine.ts';
import { type ThisMachine, thisMachine } from './this-machine.ts';
import { explainRefusal, lostProbes, type WhyNot, whyNotTry } from './why-not-syn.ts';

const LOOPBACK = '127.0.0.1';
/** Listeners that the self-test must find, all of them. */
const LISTENERS = 4;
const TRIES = 3;
const TIMEOUT_MS = 300;
const RATE = 1_000;

/** Which engine is to be used, and why it is not the better one, with what to do about it; null: there is none better. */
export type EngineChoice =
  | { readonly name: 'syn'; readonly engine: Engine; readonly whyNotBetter: null; readonly advice: null }
  | { readonly name: 'connect'; readonly engine: null; readonly whyNotBetter: string; readonly advice: string };

/**
 * Tries the SYN engine on listeners of its own, on this machine's loopback: koffi must load, raw sockets must open, and every listener must be
 * found. Takes a tenth of a second where it works. Never throws: what goes wrong is the reason to stay with connections.
 */
export async function chooseEngine(syn: Engine, machine: ThisMachine = thisMachine()): Promise<EngineChoice> {
  const not = whyNotTry(machine) ?? (await whyNot(syn, machine));
  if (not !== null) return { name: 'connect', engine: null, whyNotBetter: not.why, advice: not.advice };
  return { name: 'syn', engine: syn, whyNotBetter: null, advice: null };
}

async function whyNot(syn: Engine, machine: ThisMachine): Promise<WhyNot | null> {
  const servers: Server[] = [];
  try {
    const wanted: number[] = [];
    for (let i = 0; i < LISTENERS; i += 1) {
      const server = createServer((socket) => socket.destroy());
      servers.push(server);
      wanted.push(await portOf(server));
    }
    return await scan(syn, wanted, machine);
  } catch (thrown) {
    return explainRefusal(messageOf(thrown), machine);
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

async function scan(syn: Engine, wanted: readonly number[], machine: ThisMachine): Promise<WhyNot | null> {
  const targets = [{ address: LOOPBACK, ports: PortSet.from(wanted), rate: null }];
  const job = { targets, tries: TRIES, timeoutMs: TIMEOUT_MS, rate: RATE, shared: null, seed: 1 };
  const open = new Set<number>();
  for await (const event of syn.scan(job, new AbortController().signal)) {
    if (event.kind === 'stopped') return explainRefusal(event.reason, machine);
    if (event.kind !== 'observations') continue;
    for (const { state, ports } of event.observations) if (state === 'open') for (const port of ports) open.add(port);
  }
  if (open.size === wanted.length) return null;
  return lostProbes(open.size, wanted.length);
}
