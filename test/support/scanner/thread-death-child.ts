/** Scans this machine's loopback with a thread that dies midway, in the way of the argument, and then once more. Prints a `ThreadDeath`. */
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { loadLibc } from '../../../fargate-scanner/engines/sockets/libc.ts';
import { synEngine } from '../../../fargate-scanner/engines/syn/syn-engine.ts';
import { aJob, runEngine } from './run-engine.ts';

export type Death = 'terminated' | 'out of memory' | 'abandoned';

export interface ThreadDeath {
  readonly stopped: readonly string[];
  /** States of the ports of the scan, without reasons, and whether it called itself complete. */
  readonly states: readonly string[];
  readonly complete: boolean;
  /** File descriptors and packet sockets that are there afterwards and were not before. */
  readonly left: number;
  /** States of the next scan. */
  readonly next: readonly string[];
}

const how = process.argv[2] as Death;
const SCRIPT = new URL('../../../fargate-scanner/engines/syn/worker.ts', import.meta.url);
/** Takes all the memory it may have, in place of scanning. */
const HOG = `
  const kept = [];
  require('node:worker_threads').parentPort.on('message', () => { for (;;) kept.push(new Array(10_000).fill(1.5)); });
`;
const open = (): number =>
  readdirSync('/proc/self/fd').length + readFileSync('/proc/net/packet', 'utf8').trim().split('\n').length;

let started = 0;
let thread: Worker | undefined;
const engine = synEngine({
  makeThread: () => {
    started += 1;
    thread =
      started === 1 && how === 'out of memory'
        ? new Worker(HOG, { eval: true, resourceLimits: { maxOldGenerationSizeMb: 24 } })
        : new Worker(SCRIPT);
    return thread;
  },
});
// 3,000 ports a second: the first second's progress comes long before its end.
const slow = aJob({ '127.0.0.1': '1-20000' }, { rate: 3_000, tries: 1, timeoutMs: 200 });
// koffi keeps a file of its own open from its first use on.
loadLibc();
const before = open();
const stopped: string[] = [];
const states = new Set<string>();
let complete = true;
for await (const event of engine.scan(slow, new AbortController().signal)) {
  if (event.kind === 'observations') for (const { state } of event.observations) states.add(state);
  if (event.kind === 'stopped') stopped.push(`${event.address} ${event.reason}`);
  if (event.kind === 'done') complete = event.complete;
  if (event.kind === 'progress' && how === 'terminated') await thread?.terminate();
  if (event.kind === 'progress' && how === 'abandoned') {
    complete = false;
    break;
  }
}
const left = open() - before;
const next = await runEngine(engine, aJob({ '127.0.0.1': '1-50' }, { tries: 1, timeoutMs: 200 }));
const death: ThreadDeath = {
  stopped,
  states: [...states].sort(),
  complete,
  left,
  next: Object.keys(next.states['127.0.0.1'] ?? {}),
};
console.log(JSON.stringify(death));
process.exit();
