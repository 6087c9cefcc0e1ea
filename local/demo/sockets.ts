import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';

/** A listener that accepts and ends every connection. */
export async function openListener(address: string, port: number): Promise<Server> {
  const server = createServer((socket) => socket.on('error', () => undefined).end());
  server.listen(port, address);
  await once(server, 'listening');
  return server;
}

export async function closeListener(server: Server): Promise<void> {
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
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
