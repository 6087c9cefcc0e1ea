/** Holds a connection from each of many local ports to an address and port: `hold-connections.ts ADDRESS PORT FIRST STEP COUNT`. Prints `ready`. */
import { once } from 'node:events';
import { connect } from 'node:net';

const [host = '', ...numbers] = process.argv.slice(2);
const [port = 0, first = 0, step = 1, count = 0] = numbers.map(Number);
await Promise.all(
  Array.from({ length: count }, (_, i) => once(connect({ host, port, localPort: first + i * step }), 'connect')),
);
console.log('ready');
