import { ec2Error, queryError, type Intercept, type WireCall } from './wire-proxy.ts';

/** What AssumeRole was asked for when it gave the credentials of a call. */
export interface RoleSession {
  readonly role: string;
  readonly sessionName: string | null;
  readonly externalId: string | null;
}

/**
 * moto assumes every role of every account. This stands in front of it as IAM would: an account whose roles were deleted has none that can be
 * assumed, and no service knows the credentials that they gave out, not even after they were made anew.
 */
export class RoleDoor {
  readonly #sessions = new Map<string, RoleSession>();
  readonly #withoutRoles = new Set<string>();
  readonly #dead = new Set<string>();

  deleteRoles(account: string): void {
    this.#withoutRoles.add(account);
    for (const [key, { role }] of this.#sessions) if (accountOf(role) === account) this.#dead.add(key);
  }

  makeRoles(account: string): void {
    this.#withoutRoles.delete(account);
  }

  /** null: Portcullis's own credentials. */
  sessionOf({ signedBy }: WireCall): RoleSession | null {
    return this.#sessions.get(signedBy) ?? null;
  }

  readonly intercept: Intercept = async ({ action, params, signedBy }, forward) => {
    if (this.#dead.has(signedBy)) return ec2Error(401, 'AuthFailure', 'AWS was not able to validate the credentials');
    if (action !== 'AssumeRole') return forward();
    const role = params.get('RoleArn') ?? '';
    if (this.#withoutRoles.has(accountOf(role))) {
      return queryError(403, 'AccessDenied', `User is not authorized to perform: sts:AssumeRole on resource: ${role}`);
    }
    const answer = await forward();
    const key = /<AccessKeyId>([^<]+)</.exec(answer.body)?.[1] ?? '';
    this.#sessions.set(key, {
      role,
      sessionName: params.get('RoleSessionName'),
      externalId: params.get('ExternalId'),
    });
    return answer;
  };
}

function accountOf(role: string): string {
  return role.split(':')[4] ?? '';
}
