import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const connections = new WeakMap<Server, Set<Socket>>();

/** A listener that accepts and ends every connection. */
export async function openListener(address: string, port: number): Promise<Server> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket
      .on('error', () => undefined)
      .once('close', () => open.delete(socket))
      .end();
  });
  connections.set(server, open);
  server.listen(port, address);
  await once(server, 'listening');
  return server;
}

/** Ends its connections too: the last segment of one that a firewall change cut off never arrives. */
export async function closeListener(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  for (const socket of connections.get(server) ?? []) socket.destroy();
  await closed;
}

/** What a client of the port meets. */
export function tryPort(host: string, port: number): Promise<'open' | 'refused' | 'silent'> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1_500 });
    const end = (met: 'open' | 'refused' | 'silent') => {
      socket.destroy();
      resolve(met);
    };
    socket
      .on('connect', () => end('open'))
      .on('error', () => end('refused'))
      .on('timeout', () => end('silent'));
  });
}
