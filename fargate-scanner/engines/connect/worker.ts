import { parentPort } from 'node:worker_threads';
import { handleDialer } from './handle-dialer.ts';
import type { ThreadMessage, ThreadOrder } from './messages.ts';
import { netDialer } from './net-dialer.ts';
import { startSweep } from './start-sweep.ts';
import type { Sweep } from './sweep.ts';

/** A thread of the connect engine: one sweep after the other. */
const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a worker thread only');

const makeDialer = handleDialer() ?? netDialer;
let sweep: Sweep | null = null;

port.on('message', (order: ThreadOrder) => {
  if (order.kind === 'stop') sweep?.stop();
  else if (order.kind === 'stop-target') sweep?.stopTarget(order.part);
  else {
    const post = (message: ThreadMessage): void => port.postMessage(message);
    post({ kind: 'started' });
    const started = startSweep(order.order, makeDialer, (event) => post({ kind: 'event', event, pace: started.pace }));
    sweep = started;
  }
});
