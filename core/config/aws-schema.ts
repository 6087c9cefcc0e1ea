import * as z from 'zod';
import type { AccountAccess } from '../cloud/access.ts';

/** Shape of Region names in every AWS partition: `eu-west-1`, `us-gov-west-1`, `cn-north-1`. */
const REGION = /^[a-z]{2,4}(-[a-z]+)+-\d{1,2}$/;
const ACCOUNT = /^\d{12}$/;
const ROLE = /^arn:aws[a-z-]*:iam::(\d{12}):role\/[\w+=,.@/-]{1,512}$/;
/** sts:ExternalId, 2 to 1,224 characters (AWS STS API reference, AssumeRole). */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;

const shown = (value: unknown) => (value === undefined ? 'nothing' : JSON.stringify(value));
const text = (pattern: RegExp, allowed: string) =>
  z.preprocess(
    // YAML makes a number of an account id that is not quoted.
    (value) => (typeof value === 'number' ? String(value) : value),
    z
      .string({ error: ({ input }) => `${shown(input)} is not ${allowed}` })
      .regex(pattern, { error: ({ input }) => `${shown(input)} is not ${allowed}` }),
  );

/** Twice is a mistake of one who meant something else. */
function onlyOnce<T>(items: readonly T[], nameOf: (item: T) => string, context: z.RefinementCtx): void {
  items.forEach((item, at) => {
    const name = nameOf(item);
    if (items.findIndex((other) => nameOf(other) === name) === at) return;
    context.addIssue({ code: 'custom', path: [at], message: `${shown(name)} is there twice: name it once` });
  });
}

const region = text(REGION, 'a Region: write one such as eu-west-1');
const account = text(ACCOUNT, 'an account: write its 12 digits in quotes, such as "123456789012"');
const role = text(ROLE, 'a role: write its ARN, such as arn:aws:iam::123456789012:role/portcullis-read');
const regions = z
  .array(region, { error: ({ input }) => `${shown(input)} is not a list of Regions: write [eu-west-1]` })
  .min(1, { error: 'the list of Regions is empty: write [eu-west-1]' })
  .superRefine((list, context) => onlyOnce(list, (name) => name, context));

const Account = z
  .strictObject(
    {
      account,
      regions: regions.optional(),
      readRole: role,
      writeRole: role.optional(),
      externalId: text(EXTERNAL_ID, 'an external id: write 2 to 1,224 letters, digits or +=,.@:/-').optional(),
    },
    {
      error:
        'an account is { account: "123456789012", readRole: ARN, writeRole: ARN, externalId: TEXT, regions: [...] }',
    },
  )
  .superRefine((it, context) => {
    for (const key of ['readRole', 'writeRole'] as const) {
      const owner = ROLE.exec(it[key] ?? '')?.[1];
      if (owner === undefined || owner === it.account || !ACCOUNT.test(it.account)) continue;
      context.addIssue({
        code: 'custom',
        path: [key],
        message: `${shown(it[key])} is a role of account ${owner}, and this is account ${it.account}`,
      });
    }
  });

/** The accounts and Regions whose addresses are watched and whose security groups are read. */
export interface AwsSettings {
  /** Regions of the account that Portcullis runs in, and of accounts that name none. */
  readonly regions: readonly string[];
  /** Accounts reached through roles. */
  readonly accounts: readonly AccountAccess[];
  /** Findings are reported to Security Hub of the hub's Region. */
  readonly securityHub: boolean;
}

export const AWS_KEYS = ['regions', 'accounts', 'securityHub'] as const;
export const AWS_ACCOUNT_KEYS = ['account', 'regions', 'readRole', 'writeRole', 'externalId'] as const;

export const AwsConfig = z
  .strictObject(
    {
      regions,
      accounts: z
        .array(Account, { error: 'accounts is a list' })
        .superRefine((list, context) => onlyOnce(list, (it) => it.account, context))
        .default([]),
      securityHub: z.boolean({ error: ({ input }) => `${shown(input)} is neither true nor false` }).default(false),
    },
    { error: ({ input }) => `${shown(input)} is not { regions: [eu-west-1], accounts: [...], securityHub: true }` },
  )
  .transform(({ regions: own, accounts, securityHub }): AwsSettings => ({
    regions: own,
    securityHub,
    accounts: accounts.map((it) => ({
      account: it.account,
      regions: it.regions ?? own,
      readRole: it.readRole,
      writeRole: it.writeRole ?? null,
      externalId: it.externalId ?? null,
    })),
  }));
