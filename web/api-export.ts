import type { Hono } from 'hono';
import { byGravity } from './api-reads.ts';
import { findingsCsv } from './csv.ts';
import { EXPORT } from './routes/export.ts';
import { serveRoutes } from './serve-routes.ts';
import type { Views } from './services.ts';

export function exportRoutes({ read, clock }: Views): Hono {
  return serveRoutes(EXPORT, {
    async export(c) {
      const { format } = c.req.valid('query');
      const findings = (await read.findings.list()).sort(byGravity);
      if (format === 'json') return c.json(findings, 200);
      if (format === 'csv') {
        return c.body(findingsCsv(findings), 200, { 'Content-Type': 'text/csv; charset=utf-8' });
      }
      const { inConsoleFormat } = await import('./console-formats.ts');
      return c.json(inConsoleFormat(format, findings, await read.assets.list(), clock.now()), 200);
    },
  });
}
