import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { BatchResultErrorEntry, SendMessageBatchRequestEntry, SQSClient } from '@aws-sdk/client-sqs';

/** Of one batch, and so of one message: bodies and attributes together. */
const MAX_BATCH_BYTES = 262_144;
const MAX_BATCH_ENTRIES = 10;
const MAX_DELAY_SECONDS = 900;
const ATTEMPTS = 3;
/** Batches under way at once: a full sweep of many addresses is tens of thousands. */
const PARALLEL = 8;
/** Before the second attempt; doubled before the third. */
const FIRST_PAUSE_MS = 100;

/**
 * Sends every message, in about their order, or throws. An error after some batches were taken leaves those sent: the caller repeats all, receivers expect repeats.
 * @throws RangeError for a delay that is not 0-900 whole seconds, or a body over 256 KiB (262,144 bytes).
 */
export async function sendAll(
  sqs: SQSClient,
  queueUrl: string,
  messages: readonly unknown[],
  delaySeconds = 0,
): Promise<void> {
  if (!Number.isInteger(delaySeconds) || delaySeconds < 0 || delaySeconds > MAX_DELAY_SECONDS) {
    throw new RangeError(`delay ${delaySeconds} s: allowed are whole seconds from 0 to ${MAX_DELAY_SECONDS}`);
  }
  const entriesOf = (bodies: readonly string[]): SendMessageBatchRequestEntry[] =>
    bodies.map((MessageBody, i) => ({
      Id: String(i),
      MessageBody,
      ...(delaySeconds > 0 && { DelaySeconds: delaySeconds }),
    }));
  const batches = batchesOf(messages.map(jsonBody)).values();
  const errors: unknown[] = [];
  const sendRest = async (): Promise<void> => {
    for (const bodies of batches) {
      if (errors.length > 0) return;
      await sendBatch(sqs, queueUrl, entriesOf(bodies)).catch((thrown: unknown) => void errors.push(thrown));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, sendRest));
  if (errors.length > 0) throw errors[0];
}

/**
 * JSON in which everything that SQS refuses or that differs between its implementations is escaped: surrogates (SQS allows pairs, fauxqs
 * does not), U+FFFE, U+FFFF.
 */
export function jsonBody(message: unknown): string {
  return JSON.stringify(message).replaceAll(
    /[\uD800-\uDFFF\uFFFE\uFFFF]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** In order, at most 10 a batch and 256 KiB together. */
export function batchesOf(bodies: readonly string[]): string[][] {
  const batches: string[][] = [];
  let bytes = 0;
  for (const body of bodies) {
    const size = Buffer.byteLength(body);
    if (size > MAX_BATCH_BYTES) {
      throw new RangeError(`a message of ${size} bytes does not fit on a queue: allowed are ${MAX_BATCH_BYTES}`);
    }
    const last = batches.at(-1);
    if (last !== undefined && last.length < MAX_BATCH_ENTRIES && bytes + size <= MAX_BATCH_BYTES) {
      last.push(body);
      bytes += size;
    } else {
      batches.push([body]);
      bytes = size;
    }
  }
  return batches;
}

/** A batch may be taken in part: what was not is sent again, and is an error after the last attempt. */
async function sendBatch(sqs: SQSClient, queueUrl: string, entries: SendMessageBatchRequestEntry[]): Promise<void> {
  let rest = entries;
  for (let attempt = 1; ; attempt += 1) {
    const { Failed = [] } = await sqs.send(new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: rest }));
    if (Failed.length === 0) return;
    const hopeless = Failed.find((failure) => failure.SenderFault === true);
    if (hopeless !== undefined || attempt === ATTEMPTS) throw notSent(queueUrl, Failed, hopeless);
    const ids = new Set(Failed.map((failure) => failure.Id));
    rest = rest.filter((entry) => ids.has(entry.Id));
    await new Promise((resolve) => {
      setTimeout(resolve, FIRST_PAUSE_MS * 2 ** (attempt - 1));
    });
  }
}

function notSent(queueUrl: string, failed: readonly BatchResultErrorEntry[], worst = failed[0]): Error {
  const reason = worst?.Message ?? worst?.Code ?? 'no reason given';
  return new Error(`${failed.length} messages were not taken by ${queueUrl}: ${reason}`);
}
