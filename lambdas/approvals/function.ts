import type { Context, Hono } from 'hono';
import type { LambdaContext, LambdaEvent } from 'hono/aws-lambda';
import { decideByToken, type LinkPorts, viewByToken } from '../../core/approvals/decide.ts';
import type { Log } from '../../core/ports/log.ts';
import { makeApprovalsApp } from '../../web/approvals-app.ts';

/** HTTP API -> a decision, and for an approval the queue `remediation`. It cannot reach a firewall. */
export function makeApprovalsFunction(ports: LinkPorts, options: { publicUrl: string; log: Log }): Hono {
  const host = new URL(options.publicUrl).host;
  return makeApprovalsApp(
    {
      clock: ports.clock,
      viewByToken: (token) => viewByToken(ports, token),
      decideByToken: (token, decision, evidence) => decideByToken(ports, token, decision, evidence),
    },
    {
      allowedHosts: () => [host],
      clientIp: sourceIp,
      log: ({ message, method, path }) => options.log.warn('a request failed', { method, path, reason: message }),
    },
  );
}

function sourceIp(c: Context<{ Bindings: { event?: LambdaEvent; lambdaContext?: LambdaContext } }>): string | null {
  const request = c.env.event?.requestContext;
  return request !== undefined && 'http' in request ? request.http.sourceIp : null;
}
