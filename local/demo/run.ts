import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { BadInput } from '../../core/errors.ts';

const run = promisify(execFile);
const INSIDE = fileURLToPath(new URL('inside.ts', import.meta.url));

export interface DemoOptions {
  /** Click the approval link without asking. */
  yes: boolean;
  out: (line: string) => void;
  err: (line: string) => void;
}

const TOOLS = [
  { command: 'unshare', args: ['--version'], from: 'util-linux' },
  { command: 'ip', args: ['-V'], from: 'iproute2' },
  { command: 'nft', args: ['--version'], from: 'nftables' },
] as const;

/**
 * The whole loop in a network namespace of its own, which ends with the process: as root, or through a user namespace.
 * Nothing outside it is scanned or changed. Resolves to the exit code.
 */
export async function runDemo({ yes, err }: DemoOptions): Promise<number> {
  if (process.platform !== 'linux') throw new BadInput('demo needs Linux: it works in a network namespace of its own.');
  for (const tool of TOOLS) await assertTool(tool);
  const isRoot = process.getuid?.() === 0;
  const namespace = isRoot ? ['--net'] : ['--user', '--map-root-user', '--net'];
  if (!isRoot) await assertUserNamespaces(namespace);
  // Its own process group would not get Ctrl-C of the terminal; inherited, both do, and the inner one cleans up.
  const inner = spawn('unshare', [...namespace, '--', process.execPath, INSIDE, ...(yes ? ['--yes'] : [])], {
    stdio: 'inherit',
  });
  const forward = (signal: NodeJS.Signals) => inner.kill(signal);
  process.once('SIGTERM', forward);
  const ignore = () => undefined;
  process.on('SIGINT', ignore);
  try {
    const [code, signal] = (await once(inner, 'exit')) as [number | null, NodeJS.Signals | null];
    if (signal !== null) err(`demo: stopped by ${signal}`);
    return code ?? 1;
  } finally {
    process.off('SIGTERM', forward);
    process.off('SIGINT', ignore);
  }
}

async function assertTool({ command, args, from }: (typeof TOOLS)[number]): Promise<void> {
  try {
    await run(command, [...args]);
  } catch (error) {
    throw new BadInput(`demo needs ${command}, which is not here: install it (Debian, Ubuntu: apt install ${from}).`, {
      cause: error,
    });
  }
}

async function assertUserNamespaces(namespace: readonly string[]): Promise<void> {
  try {
    await run('unshare', [...namespace, '--', 'true']);
  } catch (error) {
    throw new BadInput(
      'demo needs a network namespace, and this system does not let an ordinary user make one: run it as root (sudo npx portcullis demo).',
      { cause: error },
    );
  }
}
