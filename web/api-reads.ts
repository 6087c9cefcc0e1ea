import type { OpenAPIHono } from '@hono/zod-openapi';
import * as z from 'zod';
import { Asset } from '../core/assets/asset.ts';
import { AuditRow } from '../core/audit/audit-row.ts';
import { NotFound } from '../core/errors.ts';
import { Admitted } from '../core/exposure/admitted.ts';
import { Finding, FindingStatus, PortClass, Severity, atLeast } from '../core/findings/finding.ts';
import { Change, ChangeKind } from '../core/fingerprints/change.ts';
import { Fingerprint } from '../core/fingerprints/fingerprint.ts';
import { compareAddresses, parseAddress } from '../core/net/address.ts';
import { Plan } from '../core/remediation/plan.ts';
import { BAD_INPUT, IdParam, LimitQuery, NOT_FOUND, createRoute, json, typedApp } from './openapi.ts';
import { approvalJson, listApprovals, readOverview, statusOf } from './overview.ts';
import type { ApiServices } from './services.ts';
import { ApprovalJson, Explanation, ScanJson, StatusJson, TasksJson, WhitelistJson } from './shapes.ts';

const Address = z.string().min(1).max(100);
const Port = z.coerce.number().int().min(1).max(65_535);
const Time = z.iso.datetime({ precision: 3 });

/** More changes than this are looked through only by asking with `since`. */
const CHANGES_SEARCHED = 10_000;

/** Everything under /api that only reads. */
export function readRoutes(services: ApiServices): OpenAPIHono {
  const { read } = services;
  const app = typedApp();

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/status',
      summary: 'Process, mode, counts, kill switch',
      responses: { 200: json('Status', StatusJson) },
    }),
    async (c) => c.json(statusOf(await readOverview(services)), 200),
  );

  const FindingFilter = z.strictObject({
    status: FindingStatus.optional(),
    class: PortClass.optional(),
    severity: Severity.optional().describe('at least this'),
    address: Address.optional(),
    port: Port.optional(),
    owner: z.string().max(200).optional(),
  });
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/findings',
      summary: 'Findings, gravest first',
      request: { query: FindingFilter },
      responses: { 200: json('Findings', z.array(Finding)), ...BAD_INPUT },
    }),
    async (c) => {
      const wanted = c.req.valid('query');
      const address = wanted.address === undefined ? undefined : parseAddress(wanted.address);
      const matching = (await read.findings.list()).filter(
        (finding) =>
          (wanted.status === undefined || finding.status === wanted.status) &&
          (wanted.class === undefined || finding.class === wanted.class) &&
          (wanted.severity === undefined || atLeast(finding.severity, wanted.severity)) &&
          (address === undefined || finding.address === address) &&
          (wanted.port === undefined || finding.port === wanted.port) &&
          (wanted.owner === undefined || finding.owner === wanted.owner),
      );
      return c.json(matching.sort(byGravity), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/findings/{id}',
      summary: 'One finding',
      request: { params: IdParam },
      responses: { 200: json('Finding', Finding), ...BAD_INPUT, ...NOT_FOUND },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      return c.json(present('finding', id, await read.findings.get(id)), 200);
    },
  );

  const ChangeFilter = z.strictObject({
    limit: LimitQuery,
    since: Time.optional(),
    kind: ChangeKind.optional(),
    address: Address.optional(),
  });
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/changes',
      summary: 'Changes, newest first',
      request: { query: ChangeFilter },
      responses: { 200: json('Changes', z.array(Change)), ...BAD_INPUT },
    }),
    async (c) => {
      const { limit, since, kind, address: text } = c.req.valid('query');
      const address = text === undefined ? undefined : parseAddress(text);
      const filtered = kind !== undefined || address !== undefined;
      const changes = await read.changes.list({
        limit: filtered ? CHANGES_SEARCHED : limit,
        ...(since === undefined ? {} : { since }),
      });
      const wanted = changes.filter(
        (change) =>
          (kind === undefined || change.kind === kind) && (address === undefined || change.address === address),
      );
      return c.json(wanted.slice(0, limit), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/fingerprints',
      summary: 'Confirmed open ports of each address',
      responses: { 200: json('Fingerprints', z.array(Fingerprint)) },
    }),
    async (c) => c.json((await read.fingerprints.list()).sort(byAddress), 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/assets',
      summary: 'Addresses watched',
      responses: { 200: json('Assets', z.array(Asset)) },
    }),
    async (c) => c.json((await read.assets.list()).sort(byAddress), 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/admitted',
      summary: 'What cloud firewall rules let in from the internet, and the last time that became more',
      request: { query: z.strictObject({ address: Address.optional() }) },
      responses: { 200: json('Addresses', z.array(Admitted)), ...BAD_INPUT },
    }),
    async (c) => {
      const wanted = c.req.valid('query').address;
      const address = wanted === undefined ? undefined : parseAddress(wanted);
      const all = await read.admitted.list();
      return c.json(all.filter((it) => address === undefined || it.address === address).sort(byAddress), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/tasks',
      summary: 'The task catalogue, and its runs, newest first',
      responses: { 200: json('Tasks', TasksJson) },
    }),
    async (c) => {
      const [catalogue, runs] = await Promise.all([services.catalogue(), read.runs.list({ limit: 100 })]);
      return c.json({ catalogue, runs }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/audit',
      summary: 'Who decided and did what, newest first',
      request: { query: z.strictObject({ limit: LimitQuery, object: z.string().max(100).optional() }) },
      responses: { 200: json('Audit rows', z.array(AuditRow)), ...BAD_INPUT },
    }),
    async (c) => {
      const { limit, object } = c.req.valid('query');
      return c.json(await read.audit.list(object === undefined ? { limit } : { limit, object }), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/scans/{runId}',
      summary: 'How a scan stands, and what it found',
      request: { params: z.object({ runId: z.string().min(1).max(100) }) },
      responses: { 200: json('Scan', ScanJson), ...BAD_INPUT, ...NOT_FOUND },
    }),
    async (c) => c.json(await services.scanStatus(c.req.valid('param').runId), 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/explain',
      summary: 'Why an address and port are judged as they are',
      request: { query: z.strictObject({ address: Address, port: Port.optional() }) },
      responses: { 200: json('Explanation', Explanation), ...BAD_INPUT, ...NOT_FOUND },
    }),
    async (c) => {
      const { address, port } = c.req.valid('query');
      return c.json(await services.explain(parseAddress(address), port ?? null), 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/whitelist',
      summary: 'Whitelist entries in every state',
      responses: { 200: json('Entries', z.array(WhitelistJson)) },
    }),
    async (c) => c.json(await read.whitelist.list(), 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/approvals',
      summary: 'Approvals with their plans, newest first',
      responses: { 200: json('Approvals', z.array(ApprovalJson)) },
    }),
    async (c) => c.json(await listApprovals(services), 200),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/approvals/{id}',
      summary: 'One approval with its plan',
      request: { params: IdParam },
      responses: { 200: json('Approval', ApprovalJson), ...BAD_INPUT, ...NOT_FOUND },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      return c.json(await approvalJson(services, present('approval', id, await read.approvals.get(id))), 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/plans',
      summary: 'Plans, newest first',
      responses: { 200: json('Plans', z.array(Plan)) },
    }),
    async (c) =>
      c.json(
        (await read.plans.list()).sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)),
        200,
      ),
  );
  app.openapi(
    createRoute({
      method: 'get',
      path: '/api/plans/{id}',
      summary: 'One plan',
      request: { params: IdParam },
      responses: { 200: json('Plan', Plan), ...BAD_INPUT, ...NOT_FOUND },
    }),
    async (c) => {
      const { id } = c.req.valid('param');
      return c.json(present('plan', id, await read.plans.get(id)), 200);
    },
  );
  return app;
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
