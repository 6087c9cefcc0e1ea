import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { NODE_ENVIRONMENT, NODE_FLAGS } from './node-flags.mjs';
import { ensureInstalled, NODE, ROOT } from './ensure.mjs';

/** Installs what is missing, then runs `local/main.ts` on the pinned Node with the arguments, streams and signals of this process. */
export async function start() {
  try {
    await ensureInstalled('runtime', (line) => process.stderr.write(`portcullis: ${line}\n`));
  } catch (error) {
    process.stderr.write(`portcullis: ${/** @type {Error} */ (error).message}\n`);
    process.exitCode = 1;
    return;
  }
  const child = spawn(NODE, [...NODE_FLAGS, join(ROOT, 'local', 'main.ts'), ...process.argv.slice(2)], {
    // The channel carries nothing: it closes when this process is killed, and then the other one ends too (local/main.ts).
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    // Compiled sources are kept, so that a second start does not strip the types again.
    env: { ...NODE_ENVIRONMENT, NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'node'), ...process.env },
  });
  forwardSignals(child);
  child.on('error', (error) => {
    process.stderr.write(`portcullis: ${NODE} did not start: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    // 128 + number is how shells report a death by signal.
    process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal];
  });
}

/**
 * Each signal is passed on once. A terminal sends Ctrl-C to the child as well, so SIGINT is not doubled there.
 * @param {import('node:child_process').ChildProcess} child
 */
function forwardSignals(child) {
  const fromTerminal = process.stdin.isTTY;
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    let sent = false;
    process.on(signal, () => {
      if (sent || (signal === 'SIGINT' && fromTerminal)) return;
      sent = true;
      child.kill(signal);
    });
  }
}
