import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { onTestFinished } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import type { Engine, EngineEvent, Observation, ScanJob } from '../../../fargate-scanner/engines/engine.ts';

/** A job for the ports (text) of 127.0.0.1: one try, 300 ms, up to 100,000 probes a second. */
export function aJob(ports: string, over: Partial<ScanJob> & { address?: string } = {}): ScanJob {
  const { address = '127.0.0.1', ...rest } = over;
  const targets = [{ address, ports: PortSet.parse(ports), rate: null }];
  return { targets, tries: 1, timeoutMs: 300, rate: 100_000, shared: null, seed: 1, ...rest };
}

export interface Collected {
  readonly events: EngineEvent[];
  /** One entry for each port. */
  readonly seen: (Omit<Observation, 'ports'> & { port: number })[];
  /** `open`, `closed`, `filtered` or `unknown` of a port; undefined when it has no observation. */
  stateOf(port: number): string | undefined;
}

export async function collect(engine: Engine, job: ScanJob, signal = new AbortController().signal): Promise<Collected> {
  const events: EngineEvent[] = [];
  for await (const event of engine.scan(job, signal)) events.push(event);
  const seen = events
    .flatMap((event) => (event.kind === 'observations' ? event.observations : []))
    .flatMap(({ ports, ...rest }) => [...ports].map((port) => ({ ...rest, port })));
  return { events, seen, stateOf: (port) => seen.find((one) => one.port === port)?.state };
}

/** A listener that is closed when the test ends. `sources`: the port each connection came from. */
export async function aListener(address = '127.0.0.1'): Promise<{ port: number; server: Server; sources: number[] }> {
  const sources: number[] = [];
  const server = createServer((socket) => {
    sources.push(socket.remotePort ?? 0);
    socket.on('error', () => undefined).resume();
  });
  server.listen(0, address);
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return { port: bound.port, server, sources };
}

/** A port of 127.0.0.1 that nothing listens on: it was free a moment ago. */
export async function aClosedPort(address = '127.0.0.1'): Promise<number> {
  const server = createServer();
  server.listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  server.close();
  await once(server, 'close');
  if (bound === null || typeof bound === 'string') throw new Error('no port');
  return bound.port;
}

/** Whether a plain connection is accepted. */
export async function accepts(address: string, port: number): Promise<boolean> {
  const socket = connect({ host: address, port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
