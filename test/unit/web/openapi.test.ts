import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makeWorld } from '../../support/web/world.ts';

interface Document {
  paths: Record<
    string,
    Record<
      string,
      { responses: Record<string, unknown>; security?: unknown; parameters?: { name: string; in: string }[] }
    >
  >;
}

async function described() {
  const { send, app } = makeWorld();
  const document = (await (await send('GET', '/api/openapi.json')).json()) as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = app.routes
    .filter(({ method, path }) => method !== 'ALL' && !path.includes('*'))
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`);
  return { document, operations: new Set(operations), routes: new Set(routes) };
}

describe('the OpenAPI document', () => {
  it('describes every route that exists, and none that does not', async () => {
    const { operations, routes } = await described();
    // The document does not describe itself.
    routes.delete('GET /api/openapi.json');
    expect(routes.size).toBeGreaterThan(25);
    expect([...operations].sort()).toEqual([...routes].sort());
  });

  it('names the token wherever one is needed, and only there', async () => {
    const { document } = await described();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        const needed = method !== 'get' && path.startsWith('/api/');
        expect(operation.security !== undefined, `${method} ${path}`).toBe(needed);
        expect(Object.hasOwn(operation.responses, '401'), `${method} ${path}`).toBe(needed);
      }
    }
  });

  it('names every parameter of every path', async () => {
    const { document } = await described();
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const operation of Object.values(methods)) {
        const named = (operation.parameters ?? []).filter((p) => p.in === 'path').map((p) => p.name);
        expect(named, `route ${path}`).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]));
      }
    }
  });

  it('agrees with the table in docs/architecture.md', async () => {
    const { operations } = await described();
    const table = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8').split(
      '## HTTP API',
    )[1]!;
    const written = table
      .split('\n')
      .filter((line) => line.startsWith('| `'))
      .flatMap((line) => readRow(line.split('|')[1]!));
    written.push('GET /api/openapi.json');
    const known = new Set([...operations, 'GET /api/openapi.json']);
    expect(new Set(written.map(anonymous))).toEqual(new Set([...known].map(anonymous)));
  });
});

/** `` `GET, POST /api/x`, `POST /api/x/:id/approve`, `/reject` `` -> one `METHOD /path` each. */
function readRow(cell: string): string[] {
  const found: string[] = [];
  for (const [, code] of cell.matchAll(/`([^`]+)`/g)) {
    const parts = /^(?:([A-Z, ]+) )?(\/[^\s?]*)/.exec(code!);
    if (!parts) continue;
    if (parts[1] === undefined) found.push(found.at(-1)!.replace(/\/[^/]*$/, parts[2]!));
    else for (const method of parts[1].split(', ')) found.push(`${method} ${parts[2]}`);
  }
  return found;
}

const anonymous = (route: string): string => route.replaceAll(/:\w+|\{\w+\}/g, '*');
