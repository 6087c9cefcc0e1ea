import * as z from 'zod';
import { type Severity, SEVERITIES } from '../findings/finding.ts';
import { isEmail } from '../text/email.ts';
import { AddressSet } from '../net/address-set.ts';
import { checked, list, says, shown, text } from './values.ts';

/** Somebody who may decide. */
export interface Approver {
  /** Name or e-mail address: who links are made for, what the record says, and the operator's name on the command line. */
  readonly name: string;
  /** Address, CIDR or range text; null: everywhere. */
  readonly match: string | null;
  /** `sub` or verified e-mail address at the sign-in provider; null: the name, where that is an e-mail address. */
  readonly subject: string | null;
  /** Patterns with `*` of the ARNs under which the person changes security groups. */
  readonly arns: readonly string[];
}

/** Where approvers sign in (OpenID Connect), and from which severity on they must. */
export interface SignInSettings {
  /** As the provider writes it in `iss`. */
  readonly issuer: string;
  readonly clientId: string;
  /** What `aud` of an ID token must name. */
  readonly audience: string;
  readonly forSeverity: Severity;
}

export const APPROVER_KEYS = ['name', 'match', 'subject', 'arns'] as const;
export const SIGN_IN_KEYS = ['issuer', 'clientId', 'audience', 'forSeverity'] as const;

/** Longest name that a link carries. */
const MAX_NAME = 254;
/** Longest `sub`, by OpenID Connect Core 1.0, section 2. */
const MAX_SUBJECT = 255;

/** Users, sessions of roles and of federated users, and root, as CloudTrail names who called. */
const ARN = /^arn:aws[a-z-]*:(?:iam|sts)::(?:\d{12}|\*):[\w+=,.@/*:-]{1,512}$/;

const plainText = (allowed: string, max: number) =>
  z
    .string({ error: says(allowed) })
    .trim()
    .min(1, { error: says(allowed) })
    .max(max, { error: `it is longer than ${max} characters` })
    .regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u, { error: says(`${allowed}, without control characters`) });

const Entry = z.preprocess(
  (value) => (typeof value === 'string' ? { name: value } : value),
  z
    .strictObject(
      {
        name: plainText('a name: write who may decide, such as ana@example.com', MAX_NAME),
        match: text(
          'an address: write an address, a network or a range, such as 192.0.2.0/28',
          checked((value) => AddressSet.parse(value)),
        ).optional(),
        subject: plainText('a subject: write what the sign-in provider calls this person', MAX_SUBJECT).optional(),
        arns: list(
          z.string({ error: says('an ARN') }).regex(ARN, {
            error: says('an ARN of IAM or STS: write one such as arn:aws:sts::123456789012:assumed-role/*/ana'),
          }),
          'ARNs such as ["arn:aws:iam::123456789012:user/ana"]',
        ).optional(),
      },
      { error: says('an approver: write ana@example.com or { name: ana, match: 192.0.2.0/28, arns: [...] }') },
    )
    .transform(({ name, match, subject, arns }): Approver => ({
      name,
      match: match ?? null,
      subject: subject ?? null,
      arns: arns ?? [],
    })),
);

const WRITE = 'write [ana@example.com, { name: bo, match: 192.0.2.0/28 }]';

export const ApproversConfig = z
  .array(Entry, { error: says(`a list of approvers: ${WRITE}`) })
  .min(1, { error: `the list is empty, so nobody could decide: ${WRITE}, or leave it out` })
  .transform((approvers, context) => {
    const seen = new Set<string>();
    for (const [index, { name }] of approvers.entries()) {
      const known = name.toLowerCase();
      if (seen.has(known)) {
        context.addIssue({ code: 'custom', path: [index], message: `${shown(name)} is on the list twice` });
      }
      seen.add(known);
    }
    return approvers;
  });

const ISSUER =
  'the URL of a provider: write https://login.example.com as the provider writes it in "issuer" (http only on loopback)';

const Issuer = z.string({ error: says(ISSUER) }).refine(isIssuer, { error: says(ISSUER) });

export const SignInConfig = z
  .strictObject(
    {
      issuer: Issuer,
      clientId: plainText('a client id: write the one that the provider gave', MAX_SUBJECT),
      audience: plainText('an audience: write what "aud" of an ID token names', MAX_SUBJECT).optional(),
      forSeverity: z
        .enum(SEVERITIES, { error: ({ input }) => `${shown(input)} is not a severity: write ${SEVERITIES.join(', ')}` })
        .default('high'),
    },
    { error: says('a sign-in: write { issuer: https://login.example.com, clientId: portcullis }') },
  )
  .transform(({ issuer, clientId, audience, forSeverity }): SignInSettings => ({
    issuer,
    clientId,
    audience: audience ?? clientId,
    forSeverity,
  }));

/** What both keys say together: who must sign in must be somebody that the provider can name. One sentence and where it belongs. */
export function signInProblems(approvers: unknown, signIn: unknown): { path: PropertyKey[]; message: string }[] {
  if (!SignInConfig.safeParse(signIn).success) return [];
  if (approvers === undefined) {
    return [{ path: ['signIn'], message: 'signIn needs approvers: write who may decide, such as [ana@example.com]' }];
  }
  const parsed = ApproversConfig.safeParse(approvers);
  return (parsed.data ?? []).flatMap(({ name, subject }, index) =>
    subject !== null || isEmail(name)
      ? []
      : [{ path: ['approvers', index], message: `${shown(name)} could not sign in: add subject, or name an e-mail` }],
  );
}

/** https, or http on this machine; an issuer has neither query nor fragment (OpenID Connect Discovery 1.0, section 3). */
function isIssuer(value: string): boolean {
  if (!URL.canParse(value) || /[?#\s]/.test(value)) return false;
  const { protocol, hostname, username, password } = new URL(value);
  const loopback = hostname === 'localhost' || hostname === '127.0.0.1' || hostname === '[::1]';
  return username === '' && password === '' && (protocol === 'https:' || (protocol === 'http:' && loopback));
}
