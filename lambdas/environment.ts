import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import * as z from 'zod';
import type { Settings } from '../core/config/settings.ts';
import { PortClass, Severity } from '../core/findings/finding.ts';

const QueueUrl = z.url({ error: 'the URL of a queue is needed' });

const SettingsObject = z.strictObject({
  targets: z.array(z.string()),
  exclude: z.array(z.string()),
  ports: z.string().nullable(),
  udpPorts: z.string().nullable(),
  cadenceMs: z.number().int().positive(),
  rate: z.number().int().positive(),
  ratePerAddress: z.number().int().positive(),
  mode: z.enum(['observe', 'propose', 'approve', 'auto']),
  auto: z.array(
    z.strictObject({
      match: z.string(),
      ports: z.string(),
      accounts: z.array(z.string()).nullable(),
      regions: z.array(z.string()).nullable(),
      maxAgeMs: z.number().int().positive(),
      classes: z.array(PortClass).nullable(),
    }),
  ),
  limits: z.strictObject({ changesPerHour: z.number().int().positive() }),
  listen: z.object({ host: z.string(), port: z.number().int() }),
  owners: z.array(z.object({ match: z.string(), owner: z.string(), email: z.string().nullable() })),
  protect: z.array(z.string()),
  alertWindowMs: z.number().int().nonnegative(),
  approvalTtlMs: z.number().int().positive(),
  approvers: z.array(
    z.strictObject({
      name: z.string(),
      match: z.string().nullable(),
      subject: z.string().nullable(),
      arns: z.array(z.string()),
    }),
  ),
  signIn: z
    .strictObject({ issuer: z.string(), clientId: z.string(), audience: z.string(), forSeverity: Severity })
    .nullable(),
  yesLarge: z.boolean(),
  aws: z
    .strictObject({
      regions: z.array(z.string()),
      securityHub: z.boolean(),
      accounts: z.array(
        z.strictObject({
          account: z.string(),
          regions: z.array(z.string()),
          readRole: z.string().nullable(),
          writeRole: z.string().nullable(),
          externalId: z.string().nullable(),
        }),
      ),
    })
    .nullable(),
}) satisfies z.ZodType<Settings>;

/** The configuration: `cdk synth` reads `portcullis.yaml` and writes it here (`packSettings`). */
const PackedSettings = z.string().transform((text, context): Settings => {
  try {
    return SettingsObject.parse(JSON.parse(unpack(text)));
  } catch {
    context.addIssue({ code: 'custom', message: 'the settings as JSON, or packed, are needed' });
    return z.NEVER;
  }
});

/** Packed text of the settings never unpacks to more, bytes. */
const MAX_UNPACKED_BYTES = 1_048_576;

/** The settings as JSON, which a person can read in the console, when that has at most `maxBytes`; else as base64 of its Brotli form. */
export function packSettings(settings: Settings, maxBytes: number): string {
  const text = JSON.stringify(settings);
  return Buffer.byteLength(text) <= maxBytes ? text : brotliCompressSync(text).toString('base64');
}

function unpack(text: string): string {
  if (text.startsWith('{')) return text;
  return brotliDecompressSync(Buffer.from(text, 'base64'), { maxOutputLength: MAX_UNPACKED_BYTES }).toString();
}

/** The variables functions are made of; each function picks what it needs in its `env.ts`. */
export const VARIABLES = {
  TABLE_NAME: z.string().min(1, { error: 'the name of the table is needed' }),
  SETTINGS: PackedSettings,
  SHARDS_QUEUE_URL: QueueUrl,
  SHARDS_PRIORITY_QUEUE_URL: QueueUrl,
  SHARDS_BACKSTOP_QUEUE_URL: QueueUrl,
  RESULTS_QUEUE_URL: QueueUrl,
  ALERTS_QUEUE_URL: QueueUrl,
  REMEDIATION_QUEUE_URL: QueueUrl,
  DEAD_LETTERS_QUEUE_URL: QueueUrl,
  ALERT_TOPIC_ARN: z.string().startsWith('arn:', { error: 'the ARN of the topic is needed' }),
  LINK_TOPIC_ARN: z.string().startsWith('arn:', { error: 'the ARN of the topic of links is needed' }),
  LINK_KEY_ID: z.string().min(1, { error: 'the id of the KMS key that signs links is needed' }),
  SIGN_IN_KEY_ID: z.string().min(1, { error: 'the id of the KMS key that seals sign-ins is needed' }),
  PUBLIC_URL: z.url({ error: 'the URL that links point to is needed' }),
} as const;

/** What every function that may propose, make or resume a change needs. */
export const CHANGE_VARIABLES = {
  TABLE_NAME: VARIABLES.TABLE_NAME,
  SETTINGS: VARIABLES.SETTINGS,
  SHARDS_QUEUE_URL: VARIABLES.SHARDS_QUEUE_URL,
  SHARDS_PRIORITY_QUEUE_URL: VARIABLES.SHARDS_PRIORITY_QUEUE_URL,
  SHARDS_BACKSTOP_QUEUE_URL: VARIABLES.SHARDS_BACKSTOP_QUEUE_URL,
  ALERTS_QUEUE_URL: VARIABLES.ALERTS_QUEUE_URL,
  REMEDIATION_QUEUE_URL: VARIABLES.REMEDIATION_QUEUE_URL,
} as const;
