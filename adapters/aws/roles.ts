import { EC2Client } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { AccountAccess } from '../../core/cloud/access.ts';
import type { Place } from '../../core/cloud/network.ts';
import { BadInput, Refused } from '../../core/errors.ts';
import type { Clock } from '../../core/ports/clock.ts';
import { errorCode } from './aws-errors.ts';
import { failAtOnceOnUnknownCalls } from './ec2/unknown-calls.ts';
import { type AssumeOptions, roleCredentials, type RoleCredentialsSource } from './role-credentials.ts';
import { onUnknownCredentials } from './unknown-credentials.ts';

export type Purpose = 'read' | 'write';

export interface CloudClients {
  readonly ec2: EC2Client;
  readonly elb: ElasticLoadBalancingV2Client;
  /** Who makes the calls, for messages: the ARN of the role, or that it is Portcullis's own. */
  readonly identity: string;
}

/**
 * `findingId`: what a change is for, seen in CloudTrail of the account it is made in; null or absent for everything else.
 * @throws BadInput for a place that is not watched; Refused when nothing may be changed there
 */
export type ClientsFor = (place: Place, purpose: Purpose, findingId?: string | null) => CloudClients;

export interface AssumedClientsOptions {
  readonly access: readonly AccountAccess[];
  /** Region whose STS is asked. */
  readonly region: string;
  readonly clock: Clock;
  /** Seen in CloudTrail of the other account: 2 to 64 of `A-Za-z0-9_=,.@-`. */
  readonly sessionName: string;
  /** Given to every client. Without it the SDK finds credentials, and an endpoint in AWS_ENDPOINT_URL, by itself. */
  readonly client?: {
    readonly endpoint?: string;
    readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
}

/**
 * Tries of one call, the first included. Throttled calls wait 0.5 s x 2^n x random, at most 20 s: half a minute on average in all. Longer
 * throttling ends the call with an error; whoever asked asks again later.
 */
const MAX_ATTEMPTS = 10;

/** A page of 1,000 items takes a second or two; whoever is silent for longer is gone. */
const REQUEST_TIMEOUT_MS = 10_000;

const AROUND_ANSWERS = { step: 'deserialize', priority: 'high' } as const;

/** Longest RoleSessionName (AWS STS API reference, AssumeRole). */
const MAX_SESSION_NAME = 64;
/** Key of the session tag; the spoke's write role admits no other. */
export const FINDING_TAG = 'portcullis:finding';

const ACCOUNT = /^\d{12}$/;
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;
const ROLE = /^arn:aws[a-z-]*:iam::(\d{12}):role\/\S+$/;

/**
 * Clients for every account and Region of `access`, made when they are first asked for. An account without a role is reached with
 * Portcullis's own credentials, after STS has said that they belong to that account.
 * @throws BadInput when an account id, a Region or a role cannot be right
 */
export function assumedClients(options: AssumedClientsOptions): { clientsFor: ClientsFor; destroy: () => void } {
  checkAccess(options.access);
  const common = clientOptions(options.client);
  const sts = new STSClient({ ...common, region: options.region });
  const identities = new Map<string, Identity>();
  const made = new Map<string, CloudClients & { readonly findingId: string | null }>();

  function identityFor(access: AccountAccess, role: string | null, findingId: string | null): Identity {
    const key = `${access.account} ${role} ${findingId === null ? 'shared' : 'change'}`;
    const known = identities.get(key);
    if (known?.findingId === findingId) return known;
    const identity: Identity = {
      findingId,
      ...(role === null
        ? { name: "Portcullis's own role", credentials: ownCredentials(access.account, sts) }
        : {
            name: role,
            credentials: roleCredentials(role, access, { sts, clock: options.clock, ...session(findingId) }),
          }),
    };
    identities.set(key, identity);
    return identity;
  }

  function session(findingId: string | null): Pick<AssumeOptions, 'sessionName' | 'sessionTags'> {
    if (findingId === null) return { sessionName: options.sessionName, sessionTags: {} };
    const sessionName = `${options.sessionName}-${findingId}`.slice(0, MAX_SESSION_NAME);
    return { sessionName, sessionTags: { [FINDING_TAG]: findingId } };
  }

  return {
    clientsFor(place, purpose, forFinding = null) {
      const access = accessTo(place, options.access);
      if (purpose === 'write' && access.writeRole === null && access.readRole !== null) {
        throw new Refused(`Changes are refused in account ${place.account}: it has no writeRole.`);
      }
      const role = purpose === 'write' ? access.writeRole : access.readRole;
      // Portcullis's own credentials have no session that could be named.
      const findingId = role === null ? null : forFinding;
      const key = `${place.account} ${place.region} ${role} ${findingId === null ? 'shared' : 'change'}`;
      const known = made.get(key);
      if (known?.findingId === findingId) return known;
      // One change at a time in one place: nobody uses those of the last one any more.
      known?.ec2.destroy();
      known?.elb.destroy();
      const { name, credentials } = identityFor(access, role, findingId);
      const config = { ...common, region: place.region, credentials };
      const ec2 = new EC2Client(config);
      const elb = new ElasticLoadBalancingV2Client(config);
      failAtOnceOnUnknownCalls(ec2);
      if ('forget' in credentials) {
        const forget = onUnknownCredentials(credentials.forget);
        ec2.middlewareStack.add(forget, AROUND_ANSWERS);
        elb.middlewareStack.add(forget, AROUND_ANSWERS);
      }
      const clients = { ec2, elb, identity: name, findingId };
      made.set(key, clients);
      return clients;
    },
    destroy() {
      sts.destroy();
      for (const { ec2, elb } of made.values()) {
        ec2.destroy();
        elb.destroy();
      }
    },
  };
}

/** The account that Portcullis's own credentials belong to. Needs no permission. */
export async function ownAccount(options: Pick<AssumedClientsOptions, 'region' | 'client'>): Promise<string> {
  const sts = new STSClient({ ...clientOptions(options.client), region: options.region });
  try {
    return await callerAccount(sts);
  } catch (error) {
    const noSuchHost = ['ENOTFOUND', 'EAI_AGAIN'].includes(errorCode(error));
    const hint = noSuchHost ? ` Is there a Region ${options.region}?` : '';
    throw new Error(`sts:GetCallerIdentity in ${options.region} does not say whose the credentials are.${hint}`, {
      cause: error,
    });
  } finally {
    sts.destroy();
  }
}

async function callerAccount(sts: STSClient): Promise<string> {
  const { Account } = await sts.send(new GetCallerIdentityCommand({}));
  if (Account === undefined) throw new Error('STS answered without the account of the credentials');
  return Account;
}

function clientOptions(client: AssumedClientsOptions['client']) {
  // A copy: the SDK writes into credentials.
  const credentials = client?.credentials && { credentials: { ...client.credentials } };
  const requestHandler = { connectionTimeout: 3_000, requestTimeout: REQUEST_TIMEOUT_MS, throwOnRequestTimeout: true };
  return { ...client, ...credentials, requestHandler, retryMode: 'standard', maxAttempts: MAX_ATTEMPTS };
}

interface Identity {
  readonly findingId: string | null;
  readonly name: string;
  readonly credentials: RoleCredentialsSource | (() => Promise<OwnCredentials>);
}

type OwnCredentials = Awaited<ReturnType<STSClient['config']['credentials']>>;

/** Portcullis's own credentials, once STS has said that their account is the one that is to be read. */
function ownCredentials(account: string, sts: STSClient): () => Promise<OwnCredentials> {
  let checked = false;
  return async function credentials() {
    if (!checked) {
      const own = await callerAccount(sts);
      if (own !== account) {
        throw new BadInput(
          `Account ${account} has no readRole, and Portcullis itself runs in account ${own}: give the role to assume in ${account}.`,
        );
      }
      checked = true;
    }
    return sts.config.credentials();
  };
}

function accessTo(place: Place, access: readonly AccountAccess[]): AccountAccess {
  const found = access.find(({ account, regions }) => account === place.account && regions.includes(place.region));
  if (found !== undefined) return found;
  const watched = access.flatMap(({ account, regions }) => regions.map((region) => `${account} in ${region}`));
  throw new BadInput(`Account ${place.account} in ${place.region} is not watched. Watched: ${watched.join('; ')}.`);
}

function checkAccess(access: readonly AccountAccess[]): void {
  for (const { account, regions, readRole, writeRole } of access) {
    if (!ACCOUNT.test(account)) throw new BadInput(`"${account}" is not an AWS account id: write its 12 digits.`);
    for (const region of regions) {
      if (!REGION.test(region)) {
        throw new BadInput(
          `"${region}" (account ${account}) is not the name of an AWS Region: write eu-west-1 and the like.`,
        );
      }
    }
    for (const role of [readRole, writeRole]) {
      if (role !== null && ROLE.exec(role)?.[1] !== account) {
        throw new BadInput(`"${role}" is not a role of account ${account}: write arn:aws:iam::${account}:role/NAME.`);
      }
    }
  }
}
