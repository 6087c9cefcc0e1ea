import * as z from 'zod';

/**
 * As IAM writes users, sessions of roles, federated users and root. No `*`, which IAM allows in paths: where ARNs are compared with the
 * configuration it stands for any text.
 */
const ARN = /^arn:aws[a-z-]*:(?:iam|sts)::\d{12}:[!-)+-~]{1,2000}$/;

const Signed = z.object({
  requestContext: z.object({ authorizer: z.object({ iam: z.object({ userArn: z.string().regex(ARN) }) }) }),
});

/** Who signed the request, as API Gateway says once it has checked the signature; null when it does not say. */
export function signerOf(event: unknown): string | null {
  const parsed = Signed.safeParse(event);
  return parsed.success ? parsed.data.requestContext.authorizer.iam.userArn : null;
}

/** The name of the user, of the session or of the federated user; null for root. */
export function sessionNameOf(arn: string): string | null {
  return /\/([^/]+)$/.exec(arn)?.[1] ?? null;
}
