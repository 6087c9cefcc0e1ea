import type { DynamoDBBatchResponse, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { toAsff } from '../../core/emit/asff.ts';
import type { AsffFinding } from '../../core/emit/asff-shape.ts';
import { isWorthTelling, versionInstant } from '../../core/emit/worth-telling.ts';
import { messageOf } from '../../core/errors.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { DeadLetters } from '../../core/ports/dead-letters.ts';
import type { FindingsSink } from '../../core/ports/findings-sink.ts';
import type { Log } from '../../core/ports/log.ts';
import type { AssetStore } from '../../core/ports/stores.ts';
import { toInstant } from '../../core/time.ts';

type Image = NonNullable<NonNullable<DynamoDBRecord['dynamodb']>['NewImage']>;

export interface EmitPorts {
  readonly assets: Pick<AssetStore, 'get'>;
  readonly sink: FindingsSink;
  readonly deadLetters: DeadLetters;
  readonly log: Log;
  /** Undefined for items of another kind. @throws for a damaged finding */
  readonly readFinding: (image: Image) => Finding | undefined;
}

/** A finding's newest news in a batch, and the record it is from. */
interface News {
  readonly record: DynamoDBRecord;
  readonly finding: Finding;
  readonly writtenAt: number;
}

/**
 * Stream of the table (new and old images) -> console. Of several records of one finding the last with news is sent. A record that can
 * never be sent goes to the dead letters and does not hold up those behind it; one that may be sent later is reported, and Lambda repeats
 * the batch from the first of them. A record without an old image counts as news.
 */
export function makeEmitFunction(ports: EmitPorts, productArn: string) {
  return async (event: DynamoDBStreamEvent): Promise<DynamoDBBatchResponse> => {
    const failed = new Set<DynamoDBRecord>();
    const news = new Map<string, News>();
    for (const record of event.Records) {
      try {
        const found = newsOf(record, ports);
        if (found !== undefined) news.set(found.finding.id, found);
      } catch (thrown) {
        await giveUp(record, thrown, ports, failed);
      }
    }
    const documents: AsffFinding[] = [];
    for (const each of news.values()) {
      const document = await describe(each, productArn, ports, failed);
      if (document !== undefined) documents.push(document);
    }
    await send(documents, news, ports, failed);
    return { batchItemFailures: [...failed].map((record) => ({ itemIdentifier: sequenceNumberOf(record) })) };
  };
}

/** @throws when the record holds a finding that cannot be read. */
function newsOf(record: DynamoDBRecord, { readFinding }: EmitPorts): News | undefined {
  const { NewImage, OldImage, ApproximateCreationDateTime: writtenAt } = record.dynamodb ?? {};
  // Nothing deletes a finding; if a person does, the console keeps the last that was known.
  if (record.eventName === 'REMOVE') return undefined;
  if (NewImage === undefined) throw new Error('the record has no new image: the stream must have new and old images');
  const finding = readFinding(NewImage);
  if (finding === undefined) return undefined;
  if (writtenAt === undefined) throw new Error('the record does not say when it was written');
  return isWorthTelling(before(OldImage, readFinding), finding) ? { record, finding, writtenAt } : undefined;
}

/** Undefined when it is not known, which makes everything news. */
function before(image: Image | undefined, readFinding: EmitPorts['readFinding']): Finding | undefined {
  if (image === undefined) return undefined;
  try {
    return readFinding(image);
  } catch {
    return undefined;
  }
}

async function describe(
  { record, finding, writtenAt }: News,
  productArn: string,
  ports: EmitPorts,
  failed: Set<DynamoDBRecord>,
): Promise<AsffFinding | undefined> {
  let networkInterface: string | null;
  try {
    networkInterface = (await ports.assets.get(finding.address))?.networkInterface ?? null;
  } catch (thrown) {
    retry(record, finding.id, messageOf(thrown), ports, failed);
    return undefined;
  }
  try {
    return toAsff(finding, {
      account: accountOf(productArn),
      productArn,
      updatedAt: versionInstant(toInstant(writtenAt * 1_000), finding.version),
      networkInterface,
    });
  } catch (thrown) {
    await giveUp(record, thrown, ports, failed);
    return undefined;
  }
}

async function send(
  documents: readonly AsffFinding[],
  news: ReadonlyMap<string, News>,
  ports: EmitPorts,
  failed: Set<DynamoDBRecord>,
): Promise<void> {
  if (documents.length === 0) return;
  const recordOf = (id: string): DynamoDBRecord => {
    const found = news.get(id);
    if (found === undefined) throw new Error(`the console answered about ${id}, which was not sent`);
    return found.record;
  };
  try {
    const refusals = await ports.sink.send(documents);
    for (const { id, reason, isFinal } of refusals) {
      if (isFinal) await giveUp(recordOf(id), new Error(`finding ${id} was refused: ${reason}`), ports, failed);
      else retry(recordOf(id), id, reason, ports, failed);
    }
    ports.log.info('findings sent', { findings: documents.length - refusals.length, refused: refusals.length });
  } catch (thrown) {
    for (const { Id } of documents) retry(recordOf(Id), Id, messageOf(thrown), ports, failed);
  }
}

function retry(
  record: DynamoDBRecord,
  findingId: string,
  reason: string,
  { log }: EmitPorts,
  failed: Set<DynamoDBRecord>,
): void {
  failed.add(record);
  log.warn('finding was not sent, it will be retried', { findingId, reason });
}

/** The letter names the item instead of carrying it: the table still has it. */
async function giveUp(
  record: DynamoDBRecord,
  thrown: unknown,
  { deadLetters, log }: EmitPorts,
  failed: Set<DynamoDBRecord>,
): Promise<void> {
  // Without causes: a parser's own words quote what it read.
  const reason = thrown instanceof Error ? thrown.message : String(thrown);
  const messageId = sequenceNumberOf(record);
  const body = JSON.stringify({ eventId: record.eventID, eventName: record.eventName, keys: record.dynamodb?.Keys });
  try {
    await deadLetters.keep({ messageId, body, reason });
    log.warn('stream record put on the dead-letter queue', { messageId, reason });
  } catch (error) {
    failed.add(record);
    log.warn('stream record could not be put on the dead-letter queue, it will be retried', {
      messageId,
      reason,
      error: messageOf(error),
    });
  }
}

/** Lambda repeats the whole batch for an empty one. */
function sequenceNumberOf(record: DynamoDBRecord): string {
  return record.dynamodb?.SequenceNumber ?? '';
}

/** `arn:partition:securityhub:region:ACCOUNT:product/...` */
function accountOf(productArn: string): string {
  return productArn.split(':')[4] ?? '';
}
