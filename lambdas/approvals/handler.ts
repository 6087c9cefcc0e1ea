import { handle } from 'hono/aws-lambda';
import { KmsLinkSigner, linkKeyClient } from '../../adapters/aws/kms-link-signer.ts';
import { sqsRemediationQueue } from '../../adapters/aws/sqs-queues.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import type { SignIn } from '../../web/sign-in.ts';
import { lambdaClients } from '../aws-ports.ts';
import { lambdaLog, systemClock } from '../aws-runtime.ts';
import { readEnv } from '../../core/config/read-env.ts';
import { ApprovalsEnv } from './env.ts';
import { makeApprovalsFunction } from './function.ts';

const env = readEnv('this function', ApprovalsEnv, process.env);
const { documents, sqs } = lambdaClients();
const kms = linkKeyClient();

/** Sealed with a key of its own: this function must not be able to make links. */
async function signIn({ SETTINGS, SIGN_IN_KEY_ID, PUBLIC_URL }: ApprovalsEnv): Promise<SignIn | null> {
  const settings = SETTINGS.signIn;
  if (settings === null) return null;
  if (SIGN_IN_KEY_ID === undefined) throw new Error('SIGN_IN_KEY_ID is not set, and the settings have signIn');
  const { oidcProvider } = await import('../../adapters/oidc/oidc-provider.ts');
  const { makeSignIn } = await import('../../web/sign-in.ts');
  return makeSignIn({
    settings,
    provider: oidcProvider(settings, systemClock),
    signer: new KmsLinkSigner(kms, SIGN_IN_KEY_ID),
    clock: systemClock,
    publicUrl: PUBLIC_URL,
  });
}

export const handler = handle(
  makeApprovalsFunction(
    {
      ...makeStores(documents, env.TABLE_NAME),
      clock: systemClock,
      mode: env.SETTINGS.mode,
      deciders: env.SETTINGS,
      queue: sqsRemediationQueue(sqs, env.REMEDIATION_QUEUE_URL),
      signer: new KmsLinkSigner(kms, env.LINK_KEY_ID),
    },
    { publicUrl: env.PUBLIC_URL, signIn: await signIn(env), log: lambdaLog },
  ),
);
