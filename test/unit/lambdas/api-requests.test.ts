import { describe, expect, it } from 'vitest';
import { aFinding } from '../../builders/finding.ts';
import { makeApiWorld } from '../../support/lambdas/api-world.ts';
import { signedEvent } from '../../support/lambdas/signed-event.ts';

describe('what a request may be', () => {
  it('a body in base64 is decoded', async () => {
    const { handle, results } = makeApiWorld();
    const body = JSON.stringify({ format: 'ports', text: '192.0.2.3:6379\n' });
    const answer = await handle({
      ...signedEvent('POST', '/api/import', { headers: { 'content-type': 'application/json' } }),
      body: Buffer.from(body).toString('base64'),
      isBase64Encoded: true,
    });
    expect(JSON.parse(answer.body)).toEqual({ addresses: 1, ports: 1 });
    expect(results).toHaveLength(1);
  });

  it.each([
    ['bad input in the query', 'GET', '/api/findings', { query: 'port=70000' }, 400, 'BAD_INPUT', /port.*70000/],
    ['an unknown query', 'GET', '/api/findings', { query: 'stauts=open' }, 400, 'BAD_INPUT', /stauts/],
    [
      'a body that is not JSON',
      'POST',
      '/api/scans',
      { body: '{', headers: { 'content-type': 'application/json' } },
      400,
      'BAD_INPUT',
      /not JSON/,
    ],
    [
      'a form',
      'POST',
      '/api/scans',
      { body: 'a=b', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
      415,
      'BAD_INPUT',
      /application\/json/,
    ],
    [
      'an account that is not stopped',
      'POST',
      '/api/changes/resume',
      { body: { account: '1' } },
      404,
      'NOT_FOUND',
      /1/,
    ],
    ['a finding that is not there', 'GET', '/api/findings/f-none', {}, 404, 'NOT_FOUND', /There is no finding f-none/],
    ['a path that is not there', 'GET', '/api/nothing', {}, 404, 'NOT_FOUND', /There is no GET \/api\/nothing/],
    [
      'a large body',
      'POST',
      '/api/scans',
      { body: { targets: ['x'.repeat(300_000)] } },
      413,
      'TOO_LARGE',
      /262144 bytes/,
    ],
    [
      'a large import',
      'POST',
      '/api/import',
      { body: { format: 'ports', text: 'x'.repeat(4_300_000) } },
      413,
      'TOO_LARGE',
      /4194304 bytes/,
    ],
    [
      'another Host',
      'GET',
      '/api/findings',
      { headers: { host: 'evil.example.net' } },
      421,
      'WRONG_HOST',
      /links\.example\.com/,
    ],
    [
      'a page of another site',
      'POST',
      '/api/scans',
      { body: { targets: ['192.0.2.3'] }, headers: { origin: 'https://evil.example.net' } },
      403,
      'WRONG_ORIGIN',
      /refused/,
    ],
  ] as const)('%s is refused in the one form of errors', async (_, method, path, request, status, code, message) => {
    const world = makeApiWorld();
    const before = await world.snapshot();
    const answer = await world.ask(method, path, request);
    expect({ status: answer.status, error: answer.json }).toEqual({
      status,
      error: { error: { code, message: expect.stringMatching(message) } },
    });
    expect(await world.snapshot()).toBe(before);
  });

  it('an answer is never kept, sniffed, framed or read by other sites', async () => {
    const { ask } = makeApiWorld();
    const requests = [
      ask('GET', '/'),
      ask('GET', '/api/findings'),
      ask('GET', '/api/nothing'),
      ask('GET', '/api/findings', { signer: null }),
      ask('PUT', '/api/findings'),
      ask('OPTIONS', '/api/findings', { headers: { origin: 'https://evil.example.net' } }),
    ];
    for (const { headers = {} } of await Promise.all(requests)) {
      const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
      expect(lower).toMatchObject({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
      expect(lower['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(Object.keys(lower).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('HEAD is GET without the body, OPTIONS names the methods', async () => {
    const { ask } = makeApiWorld();
    expect(await ask('HEAD', '/api/findings')).toMatchObject({ status: 200, text: '' });
    const options = await ask('OPTIONS', '/api/findings');
    expect(options).toMatchObject({ status: 204, text: '', headers: { allow: 'GET, HEAD, POST, OPTIONS' } });
  });
});

describe('what fails inside', () => {
  const broken = () => {
    const world = makeApiWorld();
    world.stores.findings.list = async () => {
      throw new Error('arn:aws:dynamodb:eu-west-1:123456789012:table/portcullis: AccessDenied');
    };
    return world;
  };

  it('is told as 500 without why, and logged without query and headers', async () => {
    const { ask, logged } = broken();
    const answer = await ask('GET', '/api/findings', { query: 'owner=secret-owner' });
    expect(answer).toMatchObject({
      status: 500,
      json: { error: { code: 'INTERNAL', message: 'Something went wrong here. The log of Portcullis says what.' } },
    });
    expect(logged).toEqual([
      {
        message: 'a request failed',
        fields: {
          method: 'GET',
          path: '/api/findings',
          reason: 'arn:aws:dynamodb:eu-west-1:123456789012:table/portcullis: AccessDenied',
        },
      },
    ]);
    expect(JSON.stringify(logged)).not.toMatch(/secret-owner|AWS4-HMAC|AKIA/);
  });

  it('is a page for people', async () => {
    const { text, status } = await broken().ask('GET', '/');
    expect(status).toBe(500);
    expect(text).toContain('That did not work');
    expect(text).not.toContain('dynamodb');
  });

  it('an answer that Lambda would not take is told as such', async () => {
    const { ask, stores } = makeApiWorld();
    const owner = '"'.repeat(4_000);
    for (let port = 1; port <= 900; port += 1) await stores.findings.save(aFinding({ version: 0, port, owner }));
    const answer = await ask('GET', '/api/findings');
    expect(answer).toMatchObject({ status: 413, json: { error: { code: 'TOO_LARGE' } } });
    const narrow = await ask('GET', '/api/findings', { query: 'port=22' });
    expect(narrow.json).toHaveLength(1);
  });
});
