import type { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import { expiredSentence } from '../core/approvals/state.ts';
import { Refused } from '../core/errors.ts';
import { TaskRun } from '../core/planning/task-run.ts';
import { Plan } from '../core/remediation/plan.ts';
import { BEARER, CHANGE, IdParam, NOT_FOUND, body, createRoute, json, optionalBody, typedApp } from './openapi.ts';
import { approvalJson } from './overview.ts';
import { IMPORT_LIMIT, tooLarge } from './security.ts';
import type { Services } from './services.ts';
import {
  By,
  DecisionJson,
  ImportReport,
  ImportRequest,
  LinksJson,
  ProposalJson,
  ResumedJson,
  ResumeRequest,
  ScanRequest,
  WhitelistAction,
  WhitelistJson,
  WhitelistRequest,
} from './shapes.ts';

/** Everything under /api that changes something. The bearer token was checked before these are reached. */
export function actionRoutes(services: Services): OpenAPIHono {
  const app = typedApp();

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/scans',
      summary: 'Scan now',
      security: BEARER,
      request: { body: body(ScanRequest) },
      responses: { 202: json('The run', TaskRun), ...CHANGE },
    }),
    async (c) => c.json(await services.scanNow(c.req.valid('json')), 202),
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/whitelist',
      summary: 'Ask for an exception',
      security: BEARER,
      request: { body: body(WhitelistRequest) },
      responses: { 201: json('The entry, requested', WhitelistJson), ...CHANGE },
    }),
    async (c) => c.json(await services.requestWhitelist(c.req.valid('json')), 201),
  );
  for (const action of WhitelistAction.options) {
    app.openapi(
      createRoute({
        method: 'post',
        path: `/api/whitelist/{id}/${action}`,
        summary: `${action[0]?.toUpperCase()}${action.slice(1)} a whitelist entry`,
        security: BEARER,
        request: { params: IdParam, body: optionalBody(By) },
        responses: { 200: json('The entry', WhitelistJson), ...CHANGE, ...NOT_FOUND },
      }),
      async (c) => {
        const { by } = By.parse(c.req.valid('json'));
        return c.json(await services.actOnWhitelist(c.req.valid('param').id, action, by), 200);
      },
    );
  }

  for (const [verb, decision] of [
    ['approve', 'approved'],
    ['deny', 'denied'],
  ] as const) {
    app.openapi(
      createRoute({
        method: 'post',
        path: `/api/approvals/{id}/${verb}`,
        summary: `Decide once: ${verb}. A second decision is told the first one`,
        security: BEARER,
        request: { params: IdParam, body: optionalBody(By) },
        responses: { 200: json('The decision', DecisionJson), ...CHANGE, ...NOT_FOUND },
      }),
      async (c) => {
        const { by, reason } = By.parse(c.req.valid('json'));
        const { kind, approval } = await services.decide(c.req.valid('param').id, decision, by, reason);
        if (kind === 'expired') {
          throw new Refused(expiredSentence(approval));
        }
        return c.json({ kind, approval: await approvalJson(services, approval) }, 200);
      },
    );
  }
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/approvals/{id}/link',
      summary: 'The signed links that decide this approval, one for each approver. Whoever has one can decide',
      security: BEARER,
      request: { params: IdParam },
      responses: { 200: json('The links', LinksJson), ...CHANGE, ...NOT_FOUND },
    }),
    async (c) => {
      const links = await services.linksFor(c.req.valid('param').id);
      return c.json({ url: links[0].url, links }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/findings/{id}/plan',
      summary: 'The plan and pending approval of a finding, made now if there is none',
      security: BEARER,
      request: { params: IdParam, body: optionalBody(By) },
      responses: { 200: json('Plan and approval', ProposalJson), ...CHANGE, ...NOT_FOUND },
    }),
    async (c) => {
      const { by } = By.parse(c.req.valid('json'));
      const { plan, approval } = await services.propose(c.req.valid('param').id, by);
      return c.json({ plan, approval: await approvalJson(services, approval) }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/plans/{id}/rollback',
      summary: 'Put the closed port back',
      security: BEARER,
      request: { params: IdParam, body: optionalBody(By) },
      responses: { 202: json('The plan', Plan), ...CHANGE, ...NOT_FOUND },
    }),
    async (c) => {
      const { by } = By.parse(c.req.valid('json'));
      return c.json(await services.rollback(c.req.valid('param').id, by), 202);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/changes/resume',
      summary: 'Let changes in an account be made again after two of them did harm',
      security: BEARER,
      request: { body: body(ResumeRequest) },
      responses: { 200: json('The account', ResumedJson), ...CHANGE, ...NOT_FOUND },
    }),
    async (c) => {
      const { account, by, reason } = c.req.valid('json');
      await services.resume(account, by, reason);
      return c.json({ account }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/import',
      summary: 'Take in lines of `address:port,port`',
      security: BEARER,
      middleware: bodyLimit({ maxSize: IMPORT_LIMIT, onError: tooLarge(IMPORT_LIMIT) }),
      request: { body: body(ImportRequest) },
      responses: { 200: json('What was taken in', ImportReport), ...CHANGE },
    }),
    async (c) => c.json(await services.importPorts(c.req.valid('json').text), 200),
  );
  return app;
}
