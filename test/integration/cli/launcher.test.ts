import { readdir, readlink, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { NODE_ENVIRONMENT, NODE_FLAGS } from '../../../local/bootstrap/node-flags.mjs';
import { makeCheckout } from '../../support/cli/checkout.ts';

const ECHO = 'console.log(JSON.stringify(process.argv.slice(2))); process.exitCode = 7;';

/** Counts the signals it gets, and ends half a second after the first. */
const WAITER = `
let count = 0;
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {
  count += 1;
  if (count === 1) setTimeout(() => { console.log(signal, count); process.exit(5); }, 500);
});
setInterval(() => {}, 1000);
console.log('waiting', process.pid);
`;

describe('node local/portcullis.mjs', { timeout: 30_000 }, () => {
  it('installs once, then only runs, with its arguments and exit code', async () => {
    const checkout = await makeCheckout(ECHO);
    const first = await checkout.run(['scan', '--json', 'a b']);
    expect(first).toEqual({
      code: 7,
      out: '["scan","--json","a b"]\n',
      err: 'portcullis: installing what portcullis needs (once, some 20 seconds) ...\n',
    });
    expect(await checkout.run(['x'])).toEqual({ code: 7, out: '["x"]\n', err: '' });
    expect(await checkout.npmCalls()).toEqual([expect.stringMatching(/^ci --omit=dev /)]);
    expect(await readlink(join(checkout.root, 'node_modules/.bin/portcullis'))).toBe('../../local/portcullis.mjs');
  });

  it('runs Node with the small heap and the allocator that the watching process needs', async () => {
    const checkout = await makeCheckout('console.log(JSON.stringify({ flags: process.execArgv, env: process.env }));');
    const { out } = await checkout.run([]);
    expect(JSON.parse(out)).toMatchObject({ flags: NODE_FLAGS, env: NODE_ENVIRONMENT });
  });

  it('installs again when the lockfile changed', async () => {
    const checkout = await makeCheckout(ECHO);
    await checkout.run([]);
    await checkout.write('package-lock.json', '{"lockfileVersion":3}');
    await checkout.run([]);
    expect(await checkout.npmCalls()).toHaveLength(2);
  });

  it('started three times at once, installs once', async () => {
    const checkout = await makeCheckout(ECHO);
    const ended = await Promise.all([checkout.run(['1']), checkout.run(['2']), checkout.run(['3'])]);
    expect(ended.map((one) => one.code)).toEqual([7, 7, 7]);
    expect(await checkout.npmCalls()).toHaveLength(1);
    expect(ended.map((one) => one.err).join('')).toMatch(/waiting for another install \(pid \d+/);
    expect((await readdir(checkout.root)).filter((name) => name.includes('lock'))).toEqual(['package-lock.json']);
  });

  it('shows what npm printed when it fails, says why, and tries again next time', async () => {
    const checkout = await makeCheckout(ECHO);
    await checkout.write('fails');
    const failed = await checkout.run([]);
    expect(failed.code).toBe(1);
    expect(failed.out).toBe('');
    expect(failed.err).toContain('npm error code ENOTFOUND\nnpm ci --omit=dev failed with exit code 1.');
    expect(failed.err).toContain('The package registry could not be reached');
    await rm(join(checkout.root, 'fails'));
    expect((await checkout.run([])).code).toBe(7);
  });

  it('says in one line that npm is missing', async () => {
    const checkout = await makeCheckout(ECHO);
    const { code, err } = await checkout.run([], { path: '/nonexistent' });
    expect(code).toBe(1);
    expect(err.split('\n').at(-2)).toBe(
      'portcullis: npm was not found on PATH: install npm 10 or newer (it comes with Node.js).',
    );
  });

  it('killed while npm runs, waits for that npm at the next start, and then installs again', async () => {
    const checkout = await makeCheckout(ECHO);
    await checkout.write('slow');
    const { child, ended } = checkout.start([]);
    await vi.waitFor(async () => expect(await checkout.npmCalls()).toHaveLength(1), { timeout: 10_000 });
    child.kill('SIGKILL');
    await rm(join(checkout.root, 'slow'));
    const next = checkout.start(['again']);
    await vi.waitFor(() => expect(next.errSeen()).toContain('waiting for another install'), { timeout: 10_000 });
    await checkout.killNpm();
    await ended;
    expect(await next.ended).toMatchObject({ code: 7, out: '["again"]\n' });
    expect(await checkout.npmCalls()).toHaveLength(2);
  });

  it('on an old Node prints one clear line', async () => {
    const checkout = await makeCheckout(ECHO);
    await checkout.write('old.cjs', "Object.defineProperty(process.versions, 'node', { value: '18.20.4' });");
    const { code, out, err } = await checkout.run([], { node: ['--require', join(checkout.root, 'old.cjs')] });
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^portcullis needs Node 20 or newer to start; this is v[\d.]+ \(.*\)\.\n$/);
    expect(await checkout.npmCalls()).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'passes %s on once, however often it comes, and keeps the exit code',
    async (signal) => {
      const checkout = await makeCheckout(WAITER);
      const { child, ended, seen } = checkout.start([]);
      await vi.waitFor(() => expect(seen()).toContain('waiting'), { timeout: 10_000 });
      for (let i = 0; i < 3; i += 1) child.kill(signal);
      const { code, out } = await ended;
      expect(code).toBe(5);
      expect(out).toContain(`${signal} 1\n`);
    },
  );

  it('ends as shells report it when the program is killed', async () => {
    const checkout = await makeCheckout(WAITER);
    const { ended, seen } = checkout.start([]);
    await vi.waitFor(() => expect(seen()).toMatch(/waiting \d+/), { timeout: 10_000 });
    process.kill(Number(/waiting (\d+)/.exec(seen())?.[1]), 'SIGKILL');
    expect((await ended).code).toBe(137);
  });
});
