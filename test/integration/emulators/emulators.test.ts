import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { startEmulator } from '../../support/emulators/emulator-process.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const SUPPORT = join(import.meta.dirname, '../../support/emulators');

/** What stands in for an emulator: answers every request. */
const SERVER = (port: number): string[] => [
  process.execPath,
  '-e',
  `require('node:http').createServer((_, r) => r.end()).listen(${port}, '127.0.0.1');`,
];

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

describe('an emulator', () => {
  it('answers when it has started, and no more once it is closed, however often that is asked', async () => {
    const emulator = await startEmulator('a server', SERVER);
    expect(await answers(emulator.url)).toBe(true);
    await emulator.close();
    expect(await answers(emulator.url)).toBe(false);
    await emulator.close();
  });

  it('that ends at once is an error with what it printed', async () => {
    const command = [process.execPath, '-e', 'console.error("no such table"); process.exit(3)'];
    await expect(startEmulator('a server', () => command)).rejects.toThrow(
      /^a server does not answer at http:\/\/127\.0\.0\.1:\d+\. It printed: no such table$/,
    );
  });

  it('that is not installed is an error that names it', async () => {
    await expect(startEmulator('a server', () => ['/nowhere/python'])).rejects.toThrow('/nowhere/python: not found');
  });

  it('ends when the process that started it is killed', async () => {
    const script = join(await temporaryDirectory(), 'start.ts');
    writeFileSync(
      script,
      `import { startEmulator } from ${JSON.stringify(join(SUPPORT, 'emulator-process.ts'))};
       const server = (port) => [process.execPath, '-e',
         \`require('node:http').createServer((_, r) => r.end()).listen(\${port}, '127.0.0.1')\`];
       console.log((await startEmulator('a server', server)).url);`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const url = line.toString().trim();
    expect(await answers(url)).toBe(true);
    parent.kill('SIGKILL');
    await vi.waitFor(async () => expect(await answers(url)).toBe(false), { timeout: 10_000 });
  });
});

describe('installing emulators', () => {
  it('says in one line each what it lacks, fails nothing and leaves nothing behind', async () => {
    const cache = await temporaryDirectory();
    const install = `const { installEmulators } = await import(${JSON.stringify(join(SUPPORT, 'install.mjs'))});
      await installEmulators((line) => console.log(line));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', install], {
      env: { PATH: '/nowhere', XDG_CACHE_HOME: cache },
    });
    const lines = stdout
      .trim()
      .split('\n')
      .filter((line) => !line.startsWith('installing '));
    expect(lines.toSorted()).toEqual([
      'dynamodb-local is not installed, the tests that need it cannot run: mvn was not found',
      'moto is not installed, the tests that need it cannot run: python3 was not found',
    ]);
    expect(readdirSync(join(cache, 'portcullis', 'emulators'))).toEqual([]);
  });
});
