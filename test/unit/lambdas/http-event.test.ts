import { describe, expect, it, vi } from 'vitest';
import { readEvent } from '../../../lambdas/api/http-event.ts';
import { makeApiWorld } from '../../support/lambdas/api-world.ts';
import { signedEvent } from '../../support/lambdas/signed-event.ts';

const NOT_HTTP = { status: 400, code: 'BAD_INPUT', message: /payload format 2\.0/ };
const event = signedEvent('GET', '/api/findings');
const post = signedEvent('POST', '/api/scans');

describe('an event', () => {
  it('of an HTTP API is a request', () => {
    expect(readEvent(event)).toEqual({ kind: 'request', event });
  });

  it('may carry what is not looked at', () => {
    const more = { ...event, stageVariables: { a: 'b' }, cookies: ['a=b'], queryStringParameters: { a: 'b' } };
    expect(readEvent(more)).toEqual({ kind: 'request', event: more });
  });

  it.each([
    ['nothing', null, NOT_HTTP],
    ['a text', 'GET /api/findings', NOT_HTTP],
    ['an empty object', {}, NOT_HTTP],
    ['a list', [], NOT_HTTP],
    ['a tick of the schedule', { taskId: '2', scheduledAt: '2026-03-01T09:00:00.000Z' }, NOT_HTTP],
    ['messages of a queue', { Records: [] }, NOT_HTTP],
    ['payload format 1.0', { ...event, version: '1.0', httpMethod: 'GET', path: '/api/findings' }, NOT_HTTP],
    ['a load balancer', { ...event, version: undefined, requestContext: { elb: {} } }, NOT_HTTP],
    ['no request context', { ...event, requestContext: undefined }, NOT_HTTP],
    ['no headers', { ...event, headers: undefined }, NOT_HTTP],
    ['a path that is none', { ...event, rawPath: 'api/findings' }, NOT_HTTP],
    ['a host that is none', withContext({ domainName: 'a b' }), { status: 400, code: 'BAD_INPUT', message: /URL/ }],
    ['PUT', withMethod('PUT'), { status: 405, code: 'BAD_INPUT', message: /^PUT is not used here/ }],
    ['TRACE', withMethod('TRACE'), { status: 405, code: 'BAD_INPUT', message: /send GET, HEAD, POST, OPTIONS/ }],
    ['a method in small letters', withMethod('get'), { status: 405, code: 'BAD_INPUT', message: /^get is not/ }],
    [
      'a method without an end',
      withMethod('X'.repeat(9_000)),
      { status: 405, code: 'BAD_INPUT', message: /^X{20} is/ },
    ],
    [
      '1,025 of path',
      { ...event, rawPath: `/${'a'.repeat(1_024)}` },
      { status: 414, code: 'TOO_LARGE', message: /path/ },
    ],
    [
      '2,049 of query',
      { ...event, rawQueryString: 'a'.repeat(2_049) },
      { status: 414, code: 'TOO_LARGE', message: /query/ },
    ],
    [
      'large headers',
      { ...event, headers: { a: 'b'.repeat(10_240) } },
      { status: 431, code: 'TOO_LARGE', message: /headers/ },
    ],
    [
      'large cookies',
      { ...event, cookies: ['é'.repeat(5_200)] },
      { status: 431, code: 'TOO_LARGE', message: /headers/ },
    ],
    ['a body with GET', { ...event, body: '{}' }, { status: 400, code: 'BAD_INPUT', message: /^GET has no body/ }],
    [
      'base64 that is none',
      { ...post, body: 'a*==', isBase64Encoded: true },
      { status: 400, code: 'BAD_INPUT', message: /base64/ },
    ],
    [
      'half of base64',
      { ...post, body: 'abc', isBase64Encoded: true },
      { status: 400, code: 'BAD_INPUT', message: /base64/ },
    ],
  ])('that is %s is answered without a route', async (_, wrong, refusal) => {
    const expected = { ...refusal, message: expect.stringMatching(refusal.message) };
    expect(readEvent(wrong)).toEqual({ kind: 'refused', refusal: expected });
    const { handle, logged } = makeApiWorld();
    const { status, code } = refusal;
    const answer = await handle(wrong);
    expect({ status: answer.statusCode, ...JSON.parse(answer.body) }).toEqual({
      status,
      error: { code, message: expected.message },
    });
    expect(answer.headers).toMatchObject({ 'Cache-Control': 'no-store', 'Content-Type': 'application/json' });
    expect(logged).toEqual([]);
  });

  it.each([
    ['1,024 of path', { ...event, rawPath: `/${'a'.repeat(1_023)}` }],
    ['2,048 of query', { ...event, rawQueryString: 'a'.repeat(2_048) }],
    ['10,240 bytes of headers', { ...event, headers: { a: 'b'.repeat(10_239) } }],
    ['an empty body with GET', { ...event, body: '' }],
    ['two slashes', { ...event, rawPath: '//evil.example.net/api' }],
  ])('with %s is a request', (_, unusual) => {
    expect(readEvent(unusual).kind).toBe('request');
  });

  it('with two slashes stays with its host', async () => {
    const answer = await makeApiWorld().ask('GET', '//evil.example.net/api/findings');
    expect(answer.status).toBe(404);
  });

  it.each([
    ['name', { 'x y': 'secret' }],
    ['value', { authorization: 'secret\r\nx: y' }],
  ])('with a header %s that no request can have is refused, and nothing of it is logged', async (_, headers) => {
    const toConsole = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const { ask, logged } = makeApiWorld();
    const { status, json } = await ask('GET', '/api/findings', { headers });
    expect({ status, json }).toMatchObject({ status: 400, json: { error: { code: 'BAD_INPUT' } } });
    expect({ logged, console: toConsole.mock.calls }).toEqual({ logged: [], console: [] });
    toConsole.mockRestore();
  });
});

function withContext(over: object) {
  return { ...event, requestContext: { ...event.requestContext, ...over } };
}

function withMethod(method: string) {
  return withContext({ http: { ...event.requestContext.http, method } });
}
