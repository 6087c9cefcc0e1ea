import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { promisify } from 'node:util';
import { messageOf } from '../../core/errors.ts';
import { playLoop } from './play-loop.ts';

/*
 * The inner half of the demo: runs in the namespace that run.ts made, where only loopback exists.
 */

const run = promisify(execFile);

async function main(): Promise<number> {
  const interfaces = Object.keys(networkInterfaces()).filter((name) => name !== 'lo');
  if (interfaces.length > 0) throw new Error(`this is not a namespace of its own: it has ${interfaces.join(', ')}`);
  await run('ip', ['link', 'set', 'lo', 'up']);
  const dataDir = await mkdtemp(join(tmpdir(), 'portcullis-demo-'));
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  try {
    const approve = process.argv.includes('--yes') ? async () => true : askPerson(stop.signal);
    return await playLoop({ dataDir, approve, say: (line) => console.log(line), signal: stop.signal });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** The link works only inside the namespace, so the person answers here and the demo clicks for them. */
function askPerson(signal: AbortSignal): () => Promise<boolean> {
  return async () => {
    if (!process.stdin.isTTY) throw new Error('nobody can be asked here: run it in a terminal, or with --yes');
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    try {
      return /^y(es)?$/i.test((await lines.question('      Click "Approve" on that page? [y/N] ', { signal })).trim());
    } finally {
      lines.close();
    }
  };
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`portcullis demo: ${messageOf(error)}`);
  process.exitCode = 1;
}
