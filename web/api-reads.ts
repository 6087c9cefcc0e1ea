import type { Hono } from 'hono';
import { NotFound } from '../core/errors.ts';
import { atLeast, type Finding } from '../core/findings/finding.ts';
import { compareAddresses, parseAddress } from '../core/net/address.ts';
import { approvalJson, listApprovals, readOverview, statusOf } from './overview.ts';
import { READS } from './routes/reads.ts';
import { serveRoutes } from './serve-routes.ts';
import type { ApiServices } from './services.ts';

/** More changes than this are looked through only by asking with `since`. */
const CHANGES_SEARCHED = 10_000;

export function readRoutes(services: ApiServices): Hono {
  const { read } = services;
  return serveRoutes(READS, {
    status: async (c) => c.json(statusOf(await readOverview(services)), 200),
    async findings(c) {
      const wanted = c.req.valid('query');
      const address = canonical(wanted.address);
      const matching = (await read.findings.list()).filter(
        (finding) =>
          (wanted.status === undefined || finding.status === wanted.status) &&
          (wanted.class === undefined || finding.class === wanted.class) &&
          (wanted.severity === undefined || atLeast(finding.severity, wanted.severity)) &&
          (address === undefined || finding.address === address) &&
          (wanted.protocol === undefined || finding.protocol === wanted.protocol) &&
          (wanted.port === undefined || finding.port === wanted.port) &&
          (wanted.owner === undefined || finding.owner === wanted.owner),
      );
      return c.json(matching.sort(byGravity), 200);
    },
    async finding(c) {
      const { id } = c.req.valid('param');
      return c.json(present('finding', id, await read.findings.get(id)), 200);
    },
    async changes(c) {
      const { limit, since, kind, ...wanted } = c.req.valid('query');
      const address = canonical(wanted.address);
      const filtered = kind !== undefined || address !== undefined;
      const changes = await read.changes.list({
        limit: filtered ? CHANGES_SEARCHED : limit,
        ...(since === undefined ? {} : { since }),
      });
      const matching = changes.filter(
        (change) =>
          (kind === undefined || change.kind === kind) && (address === undefined || change.address === address),
      );
      return c.json(matching.slice(0, limit), 200);
    },
    async fingerprints(c) {
      const { protocol = 'tcp' } = c.req.valid('query');
      return c.json((await read.fingerprints.list({ protocol })).sort(byAddress), 200);
    },
    assets: async (c) => c.json((await read.assets.list()).sort(byAddress), 200),
    async admitted(c) {
      const address = canonical(c.req.valid('query').address);
      const all = await read.admitted.list();
      return c.json(all.filter((it) => address === undefined || it.address === address).sort(byAddress), 200);
    },
    async tasks(c) {
      const [catalogue, runs] = await Promise.all([services.catalogue(), read.runs.list({ limit: 100 })]);
      return c.json({ catalogue, runs }, 200);
    },
    async audit(c) {
      const { limit, object } = c.req.valid('query');
      return c.json(await read.audit.list(object === undefined ? { limit } : { limit, object }), 200);
    },
    scan: async (c) => c.json(await services.scanStatus(c.req.valid('param').runId), 200),
    async explain(c) {
      const { address, port, protocol } = c.req.valid('query');
      return c.json(await services.explain(parseAddress(address), port ?? null, protocol), 200);
    },
    whitelist: async (c) => c.json(await read.whitelist.list(), 200),
    approvals: async (c) => c.json(await listApprovals(services), 200),
    async approval(c) {
      const { id } = c.req.valid('param');
      return c.json(await approvalJson(services, present('approval', id, await read.approvals.get(id))), 200);
    },
    async plans(c) {
      const plans = await read.plans.list();
      return c.json(
        plans.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)),
        200,
      );
    },
    async plan(c) {
      const { id } = c.req.valid('param');
      return c.json(present('plan', id, await read.plans.get(id)), 200);
    },
  });
}

function canonical(address: string | undefined): string | undefined {
  return address === undefined ? undefined : parseAddress(address);
}

function present<T>(what: string, id: string, item: T | undefined): T {
  if (item === undefined) throw new NotFound(what, id);
  return item;
}

/** Gravest first, then by address and port. */
export function byGravity(a: Finding, b: Finding): number {
  if (a.severity !== b.severity) return atLeast(a.severity, b.severity) ? -1 : 1;
  return byAddress(a, b) || a.port - b.port;
}

function byAddress(a: { address: string }, b: { address: string }): number {
  return compareAddresses(a.address, b.address);
}
