// Runs inside a network namespace: opens listeners and tries connections on request, one JSON object a line on stdin and stdout.
import { createConnection, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

export type Question =
  | { id: number; verb: 'listen'; host: string; port: number }
  | { id: number; verb: 'connect'; host: string; port: number; keep: string | null }
  | { id: number; verb: 'echo'; keep: string };

export interface Answer {
  id: number;
  answer: string | null;
  error: string | null;
}

const TIMEOUT_MS = 3_000;
const held = new Map<string, Socket>();

function listen(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (data) => socket.write(data));
    });
    server.once('error', reject);
    server.listen({ host, port }, () => resolve('listening'));
  });
}

/** `open`, the error code, or `timeout`. With `keep`, the connection stays for `echo`. */
function connect(host: string, port: number, keep: string | null): Promise<string> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port });
    socket.setTimeout(TIMEOUT_MS, () => {
      socket.destroy();
      resolve('timeout');
    });
    socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('connect', () => {
      socket.setTimeout(0);
      if (keep === null) socket.destroy();
      else held.set(keep, socket);
      resolve('open');
    });
  });
}

/** Sends a byte over a kept connection: `echoed`, or the error that ends it. */
function echo(keep: string): Promise<string> {
  const socket = held.get(keep);
  if (socket === undefined) return Promise.reject(new Error(`no connection is kept as ${keep}`));
  return new Promise((resolve) => {
    socket.once('data', () => resolve('echoed'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.once('close', () => resolve('closed'));
    socket.setTimeout(TIMEOUT_MS, () => resolve('timeout'));
    socket.write('x');
  });
}

function answerTo(question: Question): Promise<string> {
  if (question.verb === 'listen') return listen(question.host, question.port);
  if (question.verb === 'connect') return connect(question.host, question.port, question.keep);
  return echo(question.keep);
}

function write(answer: Answer): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line) as Question;
  void answerTo(question).then(
    (answer) => write({ id: question.id, answer, error: null }),
    (error: unknown) => write({ id: question.id, answer: null, error: String(error) }),
  );
}
process.exit(0);
