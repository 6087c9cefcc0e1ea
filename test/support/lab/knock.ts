/**
 * Connects to the ports of the second argument (`22,80` or `1000-2000`) of the address of the first, 200 at once, and gives up after the
 * milliseconds of the third. Prints `{ open, closed, silent, leastMs }`: ports, and the shortest time to an answer.
 */
import { connect } from 'node:net';

const AT_ONCE = 200;
const [address = '', text = '', limit = '300'] = process.argv.slice(2);
const waiting = text.split(',').flatMap((part) => {
  const [first = 0, last = first] = part.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
});
const seen = { open: [] as number[], closed: [] as number[], silent: [] as number[] };
let leastMs: number | null = null;

function knock(port: number): Promise<keyof typeof seen> {
  const socket = connect({ host: address, port });
  return new Promise<keyof typeof seen>((resolve, reject) => {
    const timer = setTimeout(() => resolve('silent'), Number(limit));
    socket.on('connect', () => resolve('open'));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve('closed');
      else reject(error);
    });
    socket.on('close', () => clearTimeout(timer));
  }).finally(() => socket.destroy());
}

await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let port = waiting.shift(); port !== undefined; port = waiting.shift()) {
      const startedAt = performance.now();
      const state = await knock(port);
      const ms = performance.now() - startedAt;
      if (state !== 'silent') leastMs = Math.min(leastMs ?? Infinity, ms);
      seen[state].push(port);
    }
  }),
);
console.log(JSON.stringify({ ...seen, leastMs }));
