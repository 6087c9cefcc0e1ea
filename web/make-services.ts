import { decideByToken, type LinkPorts } from '../core/approvals/decide.ts';
import { linksFor } from '../core/approvals/links.ts';
import { viewByToken } from '../core/approvals/view.ts';
import { makeUseCases, type UseCasePorts } from './make-use-cases.ts';
import { makeViews, type ViewPorts } from './make-views.ts';
import type { Services } from './services.ts';
import type { SignIn } from './sign-in.ts';

export type ServicePorts = ViewPorts &
  UseCasePorts &
  LinkPorts & {
    /** null: nobody signs in. */
    signIn: SignIn | null;
    /** Where links point, without a slash at the end. */
    publicUrl: string;
  };

/** Page, API and approval links, from ports and use cases. */
export function makeServices(ports: ServicePorts): Services {
  return {
    ...makeViews(ports),
    ...makeUseCases(ports),
    linksFor: (approvalId) => linksFor(ports, approvalId),
    signIn: ports.signIn,
    viewByToken: (token, identity) => viewByToken(ports, token, identity),
    decideByToken: (token, decision, evidence, identity) => decideByToken(ports, token, decision, evidence, identity),
  };
}
