import { Agent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface ClientOptions {
  readonly region: string;
  /** Where the services are, when not at AWS: `http://127.0.0.1:4567`. */
  readonly endpoints?: { readonly dynamodb: string; readonly queues: string };
  /** The role of the function or task when absent. */
  readonly credentials?: Credentials;
  /** Takes the place of Signature Version 4, for services that do not check it. */
  readonly signer?: Extract<DynamoDBClientConfig['signer'], { sign: unknown }>;
}

/** Long polls hold one socket each for up to 20 s; this many leave room for everything else. */
const MAX_SOCKETS = 64;

/** What the clients of all services have: sockets kept alive, and an endpoint from the argument, never from `AWS_ENDPOINT_URL*`. */
export function clientConfig({ region, credentials, signer }: ClientOptions, endpoint: string | undefined) {
  return {
    region,
    // A copy: the SDK writes into it.
    ...(credentials && { credentials: { ...credentials } }),
    ...(signer && { signer }),
    maxAttempts: 3,
    requestHandler: {
      httpAgent: new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
      httpsAgent: new SecureAgent({ keepAlive: true, maxSockets: MAX_SOCKETS }),
      // A long poll answers within 20 s; anything slower than this is a dead peer.
      connectionTimeout: 3_000,
      requestTimeout: 30_000,
      throwOnRequestTimeout: true,
    },
    ignoreConfiguredEndpointUrls: true,
    ...(endpoint !== undefined && { endpoint }),
  };
}
