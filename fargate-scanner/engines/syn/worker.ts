import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../../core/errors.ts';
import { loadLibc } from '../sockets/libc.ts';
import type { WorkerJob, WorkerMessage } from './messages.ts';
import { listing } from '../sockets/open-sockets.ts';
import { Sweep } from './sweep/sweep.ts';

/** The thread of the syn engine: one scan after the other, each without a pause, so that calls into the C library never delay the main thread. */
const port = parentPort;
if (port === null) throw new Error('worker.ts runs as a worker thread only');

port.on('message', (job: WorkerJob) => {
  const post = (message: WorkerMessage, move: readonly ArrayBuffer[] = []): void => port.postMessage(message, move);
  try {
    new Sweep(listing(loadLibc(), job.sockets), job, post).run();
  } catch (thrown) {
    post({ kind: 'failed', reason: messageOf(thrown) });
  }
});
