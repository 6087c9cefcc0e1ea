import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import type { AccountAccess } from '../../core/cloud/access.ts';
import { AccessDenied, messageOf } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { minutes, msBetween, toInstant } from '../../core/time.ts';
import { errorCode, isDenied } from './aws-errors.ts';

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** Asked for again this long before they end, so that no call starts with credentials that end on the way. */
const RENEW_BEFORE_MS = minutes(5);

export interface AssumeOptions {
  readonly sts: STSClient;
  readonly clock: Clock;
  /** Seen in CloudTrail of the other account: 2 to 64 of `A-Za-z0-9_=,.@-`. */
  readonly sessionName: string;
  /** With any, the role's trust policy must allow sts:TagSession. */
  readonly sessionTags: Readonly<Record<string, string>>;
}

export interface RoleCredentialsSource {
  /** @throws AccessDenied naming the role and the account when STS refuses */
  (): Promise<RoleCredentials>;
  /** For the SDK: it would keep a copy of its own until they end. */
  readonly memoized: true;
  /** The service does not know this key: the role was deleted, and perhaps made anew. The next call assumes it again. */
  readonly forget: (accessKeyId: string) => void;
}

/**
 * A function that resolves to credentials of one role, assumed once for all Regions and clients and again five minutes before they end.
 * Callers that ask at the same moment share one call. An error is not remembered.
 */
export function roleCredentials(role: string, access: AccountAccess, options: AssumeOptions): RoleCredentialsSource {
  const { clock } = options;
  const renewDue = ({ expiration }: RoleCredentials) =>
    msBetween(clock.now(), toInstant(expiration.getTime())) <= RENEW_BEFORE_MS;
  let known: RoleCredentials | undefined;
  let asking: Promise<RoleCredentials> | undefined;

  async function credentials(): Promise<RoleCredentials> {
    if (known !== undefined && !renewDue(known)) return known;
    asking ??= assume(role, access, options).finally(() => {
      asking = undefined;
    });
    known = await asking;
    return known;
  }

  function forget(accessKeyId: string): void {
    if (known?.accessKeyId === accessKeyId) known = undefined;
  }

  return Object.assign(credentials, { memoized: true, forget } as const);
}

async function assume(role: string, access: AccountAccess, options: AssumeOptions): Promise<RoleCredentials> {
  const tags = Object.entries(options.sessionTags).map(([Key, Value]) => ({ Key, Value }));
  const command = new AssumeRoleCommand({
    RoleArn: role,
    RoleSessionName: options.sessionName,
    ...(access.externalId !== null && { ExternalId: access.externalId }),
    ...(tags.length > 0 && { Tags: tags }),
  });
  try {
    const { Credentials: given } = await options.sts.send(command);
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = given ?? {};
    if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
      throw new Error('STS answered without credentials');
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  } catch (error) {
    const message = `${role} of account ${access.account} could not be assumed`;
    if (!isDenied(error)) throw new Error(`${message}: ${messageOf(error)}`, { cause: error });
    throw new AccessDenied(
      `${message}: sts:AssumeRole was refused (${errorCode(error)}). Its trust policy must name the role Portcullis runs as` +
        `${access.externalId === null ? '' : ' and the configured externalId'}.`,
      { cause: error },
    );
  }
}
