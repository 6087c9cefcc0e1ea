import type { Hono } from 'hono';
import { toAsff } from '../core/emit/asff.ts';
import { toOcsf } from '../core/emit/ocsf.ts';
import { defaultProductArn, isAwsAccount } from '../core/emit/place.ts';
import type { Finding } from '../core/findings/finding.ts';
import { byGravity } from './api-reads.ts';
import { findingsCsv } from './csv.ts';
import { EXPORT } from './routes/export.ts';
import { serveRoutes } from './serve-routes.ts';
import type { ApiServices } from './services.ts';

/** In place of an account in ASFF documents of findings that belong to none: the format wants 12 digits. */
const NO_ACCOUNT = '000000000000';

export function exportRoutes({ read, clock }: ApiServices): Hono {
  return serveRoutes(EXPORT, {
    async export(c) {
      const { format } = c.req.valid('query');
      const findings = (await read.findings.list()).sort(byGravity);
      if (format === 'json') return c.json(findings, 200);
      if (format === 'csv') {
        return c.body(findingsCsv(findings), 200, { 'Content-Type': 'text/csv; charset=utf-8' });
      }
      const interfaces = new Map((await read.assets.list()).map((asset) => [asset.address, asset.networkInterface]));
      // The moment of the export, so that a console takes a later one as an update.
      const updatedAt = clock.now();
      const contextOf = ({ address }: Finding) => ({ updatedAt, networkInterface: interfaces.get(address) ?? null });
      if (format === 'ocsf') {
        return c.json(
          findings.map((finding) => toOcsf(finding, contextOf(finding))),
          200,
        );
      }
      return c.json(
        findings.map((finding) => toAsff(finding, { ...contextOf(finding), ...productOf(finding) })),
        200,
      );
    },
  });
}

function productOf({ account, region }: Finding): { account: string; productArn: string } {
  const reporting = isAwsAccount(account) ? account : NO_ACCOUNT;
  return { account: reporting, productArn: defaultProductArn(reporting, region) };
}
