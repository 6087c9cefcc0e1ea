import { spawn } from 'node:child_process';
import { chmod, cp, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { installHash } from '../../../local/bootstrap/plan.mjs';
import { temporaryDirectory } from '../temporary.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');

/**
 * What npm does in these tests: it counts its calls, takes a moment, and "installs" the Node that runs the tests. `fails` and `slow` in the
 * checkout make it fail or hang.
 */
const NPM = `#!/bin/sh
echo "$*" >> npm-calls
echo $$ > npm-pid
if [ -e fails ]; then echo "npm error code ENOTFOUND" >&2; exit 1; fi
if [ -e slow ]; then exec sleep 30; fi
sleep 0.3
mkdir -p node_modules/node/bin node_modules/.bin
ln -sf "$TEST_NODE" node_modules/node/bin/node
`;

export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** The real program in a checkout of its own, fully installed: a launcher that goes wrong there cannot reinstall this one. */
export async function makeRealCheckout(): Promise<string> {
  const root = await temporaryDirectory();
  await cp(join(REPOSITORY, 'local'), join(root, 'local'), { recursive: true });
  for (const name of ['core', 'adapters', 'web', 'lambdas', 'fargate-scanner', 'package.json', 'package-lock.json']) {
    await symlink(join(REPOSITORY, name), join(root, name));
  }
  await mkdir(join(root, 'node_modules'));
  for (const name of await readdir(join(REPOSITORY, 'node_modules'))) {
    if (!name.startsWith('.') || name === '.bin') {
      await symlink(join(REPOSITORY, 'node_modules', name), join(root, 'node_modules', name));
    }
  }
  const read = (name: string) => readFile(join(root, name), 'utf8');
  const hash = installHash(await read('package.json'), await read('package-lock.json'));
  await writeFile(join(root, 'node_modules', '.portcullis-stamp.json'), JSON.stringify({ hash, level: 'full' }));
  return root;
}

/** A checkout that holds the real bootstrap, a package.json without dependencies, a fake npm, and `main` as its program. */
export async function makeCheckout(main: string) {
  const root = await temporaryDirectory();
  await cp(join(REPOSITORY, 'local', 'bootstrap'), join(root, 'local', 'bootstrap'), { recursive: true });
  await cp(join(REPOSITORY, 'local', 'portcullis.mjs'), join(root, 'local', 'portcullis.mjs'));
  await writeFile(join(root, 'local', 'main.ts'), main);
  await writeFile(join(root, 'package.json'), '{ "type": "module" }');
  await writeFile(join(root, 'package-lock.json'), '{}');
  const bin = join(root, 'bin');
  await mkdir(bin);
  await writeFile(join(bin, 'npm'), NPM);
  await chmod(join(bin, 'npm'), 0o755);

  function start(args: readonly string[], { path = `${bin}:/usr/bin:/bin`, node = [] as string[] } = {}) {
    const child = spawn(process.execPath, [...node, join(root, 'local', 'portcullis.mjs'), ...args], {
      cwd: root,
      env: { PATH: path, TEST_NODE: process.execPath },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const ended = once(child, 'close').then(([code]: (number | null)[]): Ended => ({ code: code ?? null, out, err }));
    return { child, ended, seen: () => out, errSeen: () => err };
  }

  return {
    root,
    start,
    run: (args: readonly string[], options?: Parameters<typeof start>[1]) => start(args, options).ended,
    /** Arguments of every npm call so far. */
    npmCalls: async () => {
      const text = await readFile(join(root, 'npm-calls'), 'utf8').catch(() => '');
      return text.split('\n').filter((line) => line !== '');
    },
    /** Ends the npm that was started last. */
    killNpm: async () => process.kill(Number(await readFile(join(root, 'npm-pid'), 'utf8')), 'SIGKILL'),
    write: (name: string, text = '') =>
      mkdir(dirname(join(root, name)), { recursive: true }).then(() => writeFile(join(root, name), text)),
  };
}
