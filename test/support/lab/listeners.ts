/** Listens on the ports of the argument (`22,80`) at every address of its network namespace until it is ended. Prints `ready`. */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** What a sweep leaves half-open at one port, of up to 256 addresses; the kernel caps it at net.core.somaxconn. */
const BACKLOG = 4_096;

const servers = (process.argv[2] ?? '').split(',').map((port) => {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  server.listen({ port: Number(port), host: '::', backlog: BACKLOG });
  return once(server, 'listening');
});
await Promise.all(servers);
console.log('ready');
