import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { BadInput } from '../../core/errors.ts';
import { endpoint } from '../../core/net/address.ts';

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Serves `fetch`, which also gets the connection for the caller's address, on a loopback address; port 0 picks a free one.
 * @throws BadInput when the port is taken or the address is not there
 */
export async function serve(
  fetch: (request: Request, connection: object) => Response | Promise<Response>,
  { host, port }: { host: string; port: number },
): Promise<HttpServer> {
  const server = createAdaptorServer({ fetch }) as Server;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new BadInput(listenProblem(error as NodeJS.ErrnoException, host, port), { cause: error });
  }
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://${endpoint(host, bound)}`,
    port: bound,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function listenProblem({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  const where = endpoint(host, port);
  if (code === 'EADDRINUSE')
    return `listen: ${where} is in use by another program: give another port with --listen ${host}:PORT, or 0 for a free one.`;
  if (code === 'EACCES') return `listen: ${where} is not allowed for this user: give a port above 1023.`;
  if (code === 'EADDRNOTAVAIL') return `listen: ${host} is not an address of this machine: give 127.0.0.1 or ::1.`;
  return `listen: cannot listen on ${where}: ${message}`;
}
