import type { Context, Hono } from 'hono';
import type { LambdaContext, LambdaEvent } from 'hono/aws-lambda';
import { decideByToken, type LinkPorts } from '../../core/approvals/decide.ts';
import { viewByToken } from '../../core/approvals/view.ts';
import type { Log } from '../../core/ports/log.ts';
import { makeApprovalsApp } from '../../web/approvals-app.ts';
import type { SignIn } from '../../web/sign-in.ts';

/** HTTP API -> a decision, and for an approval the queue `remediation`. It cannot reach a firewall. */
export function makeApprovalsFunction(
  ports: LinkPorts,
  options: { publicUrl: string; signIn: SignIn | null; log: Log },
): Hono {
  const host = new URL(options.publicUrl).host;
  return makeApprovalsApp(
    {
      clock: ports.clock,
      signIn: options.signIn,
      viewByToken: (token, identity) => viewByToken(ports, token, identity),
      decideByToken: (token, decision, evidence, identity) => decideByToken(ports, token, decision, evidence, identity),
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
