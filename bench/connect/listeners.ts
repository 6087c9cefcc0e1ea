/** Listens on the ports of the second argument (`22,80`) at the address of the first, until it is ended. Prints `ready`. */
import { once } from 'node:events';
import { createServer } from 'node:net';

const [address = '', ports = ''] = process.argv.slice(2);
const servers = ports.split(',').map((port) => {
  const server = createServer((socket) => socket.on('error', () => undefined).resume());
  server.listen(Number(port), address);
  return once(server, 'listening');
});
await Promise.all(servers);
console.log('ready');
