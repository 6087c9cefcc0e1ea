import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { expiredSentence } from '../core/approvals/state.ts';
import { Refused } from '../core/errors.ts';
import { TaskRun } from '../core/planning/task-run.ts';
import { Plan } from '../core/remediation/plan.ts';
import { CALLER, CHANGE, IdParam, NOT_FOUND, body, createRoute, json, optionalBody, typedApp } from './openapi.ts';
import { approvalJson } from './overview.ts';
import { IMPORT_LIMIT, tooLarge } from './security.ts';
import type { ApiServices } from './services.ts';
import {
  By,
  DecisionJson,
  ImportReport,
  ImportRequest,
  ProposalJson,
  ResumedJson,
  ResumeRequest,
  ScanRequest,
  WhitelistAction,
  WhitelistJson,
  WhitelistRequest,
} from './shapes.ts';

/** Who acts, for the record; `by` is what the request says of that. */
export type ActorOf = (c: Context, by: string) => string;

/** Everything under /api that changes something. Whether the caller may was checked before these are reached. */
export function actionRoutes(services: ApiServices, actorOf: ActorOf): OpenAPIHono {
  const app = typedApp();

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/scans',
      summary: 'Scan now',
      security: CALLER,
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
      security: CALLER,
      request: { body: body(WhitelistRequest) },
      responses: { 201: json('The entry, requested', WhitelistJson), ...CHANGE },
    }),
    async (c) => {
      const request = c.req.valid('json');
      return c.json(await services.requestWhitelist({ ...request, by: actorOf(c, request.by) }), 201);
    },
  );
  for (const action of WhitelistAction.options) {
    app.openapi(
      createRoute({
        method: 'post',
        path: `/api/whitelist/{id}/${action}`,
        summary: `${action[0]?.toUpperCase()}${action.slice(1)} a whitelist entry`,
        security: CALLER,
        request: { params: IdParam, body: optionalBody(By) },
        responses: { 200: json('The entry', WhitelistJson), ...CHANGE, ...NOT_FOUND },
      }),
      async (c) => {
        const { by } = By.parse(c.req.valid('json'));
        return c.json(await services.actOnWhitelist(c.req.valid('param').id, action, actorOf(c, by)), 200);
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
        security: CALLER,
        request: { params: IdParam, body: optionalBody(By) },
        responses: { 200: json('The decision', DecisionJson), ...CHANGE, ...NOT_FOUND },
      }),
      async (c) => {
        const { by, reason } = By.parse(c.req.valid('json'));
        const { kind, approval } = await services.decide(c.req.valid('param').id, decision, actorOf(c, by), reason);
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
      path: '/api/findings/{id}/plan',
      summary: 'The plan and pending approval of a finding, made now if there is none',
      security: CALLER,
      request: { params: IdParam, body: optionalBody(By) },
      responses: { 200: json('Plan and approval', ProposalJson), ...CHANGE, ...NOT_FOUND },
    }),
    async (c) => {
      const { by } = By.parse(c.req.valid('json'));
      const { plan, approval } = await services.propose(c.req.valid('param').id, actorOf(c, by));
      return c.json({ plan, approval: await approvalJson(services, approval) }, 200);
    },
  );
  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/plans/{id}/rollback',
      summary: 'Put the closed port back',
      security: CALLER,
      request: { params: IdParam, body: optionalBody(By) },
      responses: { 202: json('The plan', Plan), ...CHANGE, ...NOT_FOUND },
    }),
    async (c) => {
      const { by } = By.parse(c.req.valid('json'));
      return c.json(await services.rollback(c.req.valid('param').id, actorOf(c, by)), 202);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/changes/resume',
      summary: 'Let changes in an account be made again after two of them did harm',
      security: CALLER,
      request: { body: body(ResumeRequest) },
      responses: { 200: json('The account', ResumedJson), ...CHANGE, ...NOT_FOUND },
    }),
    async (c) => {
      const { account, by, reason } = c.req.valid('json');
      await services.resume(account, actorOf(c, by), reason);
      return c.json({ account }, 200);
    },
  );

  app.openapi(
    createRoute({
      method: 'post',
      path: '/api/import',
      summary: 'Take in lines of `address:port,port`',
      security: CALLER,
      middleware: bodyLimit({ maxSize: IMPORT_LIMIT, onError: tooLarge(IMPORT_LIMIT) }),
      request: { body: body(ImportRequest) },
      responses: { 200: json('What was taken in', ImportReport), ...CHANGE },
    }),
    async (c) => c.json(await services.importPorts(c.req.valid('json').text), 200),
  );
  return app;
}
