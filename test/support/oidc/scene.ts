import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { oidcProvider } from '../../../adapters/oidc/oidc-provider.ts';
import type { Approver, SignInSettings } from '../../../core/config/approver-schema.ts';
import { makeWorld, type World } from '../web/world.ts';
import { CLIENT_ID, OidcProvider } from './provider.ts';
import { Visitor } from './visitor.ts';

export const ANA = 'ana@example.com';

export const anApprover = (over: Partial<Approver> = {}): Approver => ({
  name: ANA,
  match: null,
  subject: null,
  arns: [],
  ...over,
});

/** The app on a real socket beside a real provider with the same clock; ana and bo may decide, what is high after signing in. */
export interface SignInScene {
  readonly provider: OidcProvider;
  readonly world: World;
  /** Origin of the app. */
  readonly base: string;
  readonly ana: Visitor;
  /** A pending approval, and a link to it. */
  pendingLink(
    severity?: 'high' | 'medium',
    approver?: string,
  ): Promise<{ approvalId: string; token: string; link: string }>;
  close(): Promise<void>;
}

export async function startScene(
  over: { approvers?: Approver[]; signIn?: Partial<SignInSettings> } = {},
): Promise<SignInScene> {
  const provider = await OidcProvider.start();
  const server = serve({ fetch: (request) => world.app.fetch(request), hostname: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const signIn: SignInSettings = {
    issuer: provider.issuer,
    clientId: CLIENT_ID,
    audience: CLIENT_ID,
    forSeverity: 'high',
    ...over.signIn,
  };
  const deciders = { approvers: over.approvers ?? [anApprover(), anApprover({ name: 'bo@example.com' })], signIn };
  const world: World = makeWorld({
    port,
    deciders,
    provider: oidcProvider(signIn, { now: () => world.time.now }),
  });
  provider.now = () => Date.parse(world.time.now) / 1_000;
  const base = `http://127.0.0.1:${port}`;
  return {
    provider,
    world,
    base,
    ana: new Visitor(base),
    async pendingLink(severity = 'high', approver = ANA) {
      const { approval } = await world.addPending({ finding: { severity } });
      const token = await world.tokenFor(approval.id, approver);
      return { approvalId: approval.id, token, link: `${base}/approvals/${token}` };
    },
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await provider.close();
    },
  };
}
