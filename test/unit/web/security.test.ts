import { describe, expect, it } from 'vitest';
import { AccessDenied } from '../../../core/errors.ts';
import { loopbackHosts } from '../../../web/security.ts';
import { API_TOKEN, makeWorld } from '../../support/web/world.ts';

describe('the Host header', () => {
  it.each(['127.0.0.1:8460', 'localhost:8460', '[::1]:8460', 'LOCALHOST:8460'])('may be %s', async (host) => {
    expect((await makeWorld().send('GET', '/healthz', { headers: { host } })).status).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:8460',
    'localhost',
    'localhost:8461',
    '127.0.0.1.evil.example:8460',
    '192.0.2.3:8460',
    'localhost:8460.evil.example',
    '',
  ])('may not be "%s" on any route: a name that is re-bound to 127.0.0.1 gets nothing', async (host) => {
    const world = makeWorld();
    const { token } = await world.addPending();
    for (const [method, path] of [
      ['GET', '/'],
      ['GET', '/api/findings'],
      ['GET', `/approvals/${token}`],
      ['POST', `/approvals/${token}`],
      ['OPTIONS', '/api/findings'],
    ] as const) {
      const answer = await world.send(method, path, { headers: { host } });
      expect(answer.status, `${method} ${path}`).toBe(421);
      expect(await answer.json()).toMatchObject({ error: { code: 'WRONG_HOST' } });
    }
  });

  it('is asked for on each request, so the port may be known only after listening', async () => {
    const world = makeWorld();
    world.port.listening = 40_000;
    expect((await world.send('GET', '/healthz', { headers: { host: '127.0.0.1:8460' } })).status).toBe(421);
    expect((await world.send('GET', '/healthz')).status).toBe(200);
  });

  it('knows the names of one machine', () => {
    expect(loopbackHosts('127.0.0.1', 8460)).toEqual(['localhost:8460', '127.0.0.1:8460', '[::1]:8460']);
    expect(loopbackHosts('127.0.0.9', 80)).toContain('127.0.0.9');
    expect(loopbackHosts('::1', 8460)).toHaveLength(3);
  });
});

describe('the Origin header', () => {
  const post = (world: ReturnType<typeof makeWorld>, origin: string) =>
    world.send('POST', '/api/scans', {
      headers: { origin, authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/json' },
      body: '{"targets":["192.0.2.3"]}',
    });

  it.each(['http://127.0.0.1:8460', 'http://localhost:8460'])('may be %s', async (origin) => {
    expect((await post(makeWorld(), origin)).status).toBe(202);
  });

  it.each([
    'http://evil.example',
    'http://localhost:3000',
    'null',
    'file://',
    '',
    'http://127.0.0.1:8460.evil.example',
  ])('may not be "%s" when something is to be changed, even with the right token', async (origin) => {
    const world = makeWorld();
    expect((await post(world, origin)).status).toBe(403);
    expect(world.calls).toEqual([]);
  });

  it('may be null on the form of an approval link, which a browser sends for our no-referrer pages', async () => {
    const { addPending, submit } = makeWorld();
    const { token } = await addPending();
    expect(
      (await submit(token, { decision: 'approve' }, { origin: 'null', 'sec-fetch-site': 'cross-site' })).status,
    ).toBe(403);
    expect((await submit(token, { decision: 'approve' }, { origin: 'http://evil.example' })).status).toBe(403);
    expect(
      (await submit(token, { decision: 'approve' }, { origin: 'null', 'sec-fetch-site': 'same-origin' })).status,
    ).toBe(200);
  });
});

describe('the bearer token', () => {
  it.each([
    ['POST', '/api/scans'],
    ['POST', '/api/whitelist'],
    ['POST', '/api/whitelist/w-1/approve'],
    ['POST', '/api/approvals/a-1/approve'],
    ['POST', '/api/approvals/a-1/deny'],
    ['POST', '/api/approvals/a-1/link'],
    ['POST', '/api/findings/f-1/plan'],
    ['POST', '/api/plans/p-1/rollback'],
    ['POST', '/api/changes/resume'],
    ['POST', '/api/import'],
    ['POST', '/api/import/scan'],
    ['POST', '/api/nothing-here'],
    ['DELETE', '/api/findings'],
  ])('is needed for %s %s', async (method, path) => {
    const world = makeWorld();
    for (const authorization of [
      undefined,
      'Bearer',
      'Bearer ',
      'Bearer wrong',
      `Basic ${API_TOKEN}`,
      API_TOKEN,
      `Bearer ${API_TOKEN}x`,
    ]) {
      const answer = await world.send(method, path, {
        headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
        body: '{}',
      });
      expect(answer.status, `${authorization}`).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { code: 'UNAUTHORIZED' } });
    }
    expect(world.calls).toEqual([]);
  });

  it('is not needed to read, nor for HEAD and OPTIONS, which change nothing', async () => {
    const world = makeWorld();
    await world.addPending();
    const before = await world.snapshot();
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      for (const path of ['/api/findings', '/api/scans', '/api/approvals/a-0000000000000001/approve', '/api/import']) {
        expect((await world.send(method, path)).status, `${method} ${path}`).toBeOneOf([200, 204, 404]);
      }
    }
    expect(await world.snapshot()).toBe(before);
    expect(world.calls).toEqual([]);
  });
});

describe('limits and errors', () => {
  it('refuses a body that is too large before reading it into memory', async () => {
    const { api, calls } = makeWorld();
    const answer = await api('POST', '/api/scans', { targets: ['x'.repeat(300_000)] });
    expect(answer.status).toBe(413);
    expect((await api('POST', '/api/import', { format: 'ports', text: 'x'.repeat(300_000) })).status).toBe(200);
    expect((await api('POST', '/api/import', { format: 'ports', text: 'x'.repeat(5_000_000) })).status).toBe(413);
    expect(calls).toEqual([{ name: 'importPorts', args: [300_000] }]);
  });

  it('tells a caller nothing about a fault inside, and the log everything', async () => {
    const world = makeWorld();
    world.services.status = () => Promise.reject(new Error('table portcullis at 127.0.0.1:4567 is gone'));
    const answer = await world.send('GET', '/api/status');
    expect(answer.status).toBe(500);
    expect(await answer.json()).toEqual({
      error: { code: 'INTERNAL', message: 'Something went wrong here. The log of Portcullis says what.' },
    });
    expect(world.logged).toEqual([
      { message: 'table portcullis at 127.0.0.1:4567 is gone', method: 'GET', path: '/api/status' },
    ]);
  });

  it('tells a caller of the API which permission is missing, and the log with its cause', async () => {
    const world = makeWorld();
    const refused = 'arn:aws:iam::333333333333:role/read could not be assumed: sts:AssumeRole was refused';
    world.services.status = () => Promise.reject(new AccessDenied(refused, { cause: new Error('request id 7') }));
    const answer = await world.send('GET', '/api/status');
    expect(answer.status).toBe(502);
    expect(await answer.json()).toEqual({ error: { code: 'ACCESS_DENIED', message: refused } });
    expect(world.logged).toEqual([{ message: `${refused} (request id 7)`, method: 'GET', path: '/api/status' }]);
    expect(await (await world.send('GET', '/')).text()).not.toContain('333333333333');
  });

  it('answers an unknown route in JSON under /api and as a page elsewhere', async () => {
    const { send } = makeWorld();
    const api = await send('GET', '/api/nothing');
    expect(api.status).toBe(404);
    expect(await api.json()).toEqual({ error: { code: 'NOT_FOUND', message: 'There is no GET /api/nothing.' } });
    const page = await send('GET', '/<script>alert(1)</script>');
    expect(page.status).toBe(404);
    expect(await page.text()).not.toContain('<script');
  });

  it('sends no CORS header, so no other site can read an answer', async () => {
    const { send } = makeWorld();
    for (const method of ['GET', 'OPTIONS']) {
      const answer = await send(method, '/api/findings', { headers: { origin: 'http://evil.example' } });
      expect(answer.headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});
