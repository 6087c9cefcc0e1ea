import * as z from 'zod';
import { Exclusions } from '../core/net/exclusions.ts';

const QueueUrl = z.url({ error: 'the URL of a queue is needed' });
const wholeNumber = (least: number, most: number, fallback: number) =>
  z.coerce
    .number({ error: `a whole number from ${least} to ${most} is needed` })
    .int({ error: `a whole number from ${least} to ${most} is needed` })
    .min(least, { error: `at least ${least}` })
    .max(most, { error: `at most ${most}` })
    .default(fallback);

/** What the scanner's container needs to know; infra/ writes it, main.ts reads it. */
export const ScannerEnv = z.object({
  /** Holds the kill switch, the assets and the runs. */
  TABLE_NAME: z.string().min(1, { error: 'the name of the table is needed' }),
  SHARDS_QUEUE_URL: QueueUrl,
  SHARDS_PRIORITY_QUEUE_URL: QueueUrl,
  SHARDS_BACKSTOP_QUEUE_URL: QueueUrl,
  SHARDS_DEAD_LETTERS_QUEUE_URL: QueueUrl,
  SHARDS_PRIORITY_DEAD_LETTERS_QUEUE_URL: QueueUrl,
  SHARDS_BACKSTOP_DEAD_LETTERS_QUEUE_URL: QueueUrl,
  RESULTS_QUEUE_URL: QueueUrl,
  /** Texts of the configuration's `exclude`, as JSON. */
  EXCLUDE: z
    .string()
    .default('[]')
    .transform((text, context) => {
      try {
        return new Exclusions(z.array(z.string()).parse(JSON.parse(text)));
      } catch {
        context.addIssue({
          code: 'custom',
          message: 'a JSON list of addresses, CIDRs, ranges and address:port is needed',
        });
        return z.NEVER;
      }
    }),
  /** Probes a second, all sweeps together. */
  RATE: wholeNumber(1, 100_000, 5_000),
  /** Probes a second to any one address, all scanners together. With less a shard of 2,048 ports would not end in its ten minutes. */
  PER_ADDRESS_RATE: wholeNumber(10, 100_000, 500),
  /** Scanners that may run at once: small shards of each have their part of PER_ADDRESS_RATE. */
  SCANNERS: wholeNumber(1, 100, 1),
  /** Seconds a shard stays hidden unless it is extended: what a killed scanner held comes back this soon. */
  VISIBILITY_SECONDS: wholeNumber(4, 3_600, 60),
  /** Sweep shards scanned at once, and as many of back-stops. */
  CONCURRENCY: wholeNumber(1, 64, 4),
});
export type ScannerEnv = z.infer<typeof ScannerEnv>;

const Endpoint = z.url({ error: 'the URL of a service is needed' });

/** With what ECS adds by itself. */
export const ContainerEnv = ScannerEnv.extend({
  AWS_REGION: z.string().min(1, { error: 'the AWS region is needed' }),
  /** Where the services are, when not at AWS: both or none. */
  DYNAMODB_ENDPOINT: Endpoint.optional(),
  SQS_ENDPOINT: Endpoint.optional(),
}).refine((env) => (env.DYNAMODB_ENDPOINT === undefined) === (env.SQS_ENDPOINT === undefined), {
  path: ['SQS_ENDPOINT'],
  error: 'it goes with DYNAMODB_ENDPOINT: both or none are needed',
});
