import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { SQSClient } from '@aws-sdk/client-sqs';

/** What was asked of AWS, in the units it bills. */
export interface Counts {
  /** Requests, with one more for every 64 KiB of bodies beyond the first. */
  sqs: number;
  /** Of the table and its indexes. */
  readUnits: number;
  writeUnits: number;
  /** The same by kind of item, `FINGERPRINT`, `RUN`: for people who want to know why. */
  readonly reads: Record<string, number>;
  readonly writes: Record<string, number>;
}

export const noCounts = (): Counts => ({ sqs: 0, readUnits: 0, writeUnits: 0, reads: {}, writes: {} });

/** SQS bills a body in pieces of this size. */
const SQS_PIECE = 65_536;
const READ = /^(Batch)?Get|^Query/;

/** Counts the calls of SDK clients. One count at a time: `during` says whose they are. */
export class Tally {
  #counts = noCounts();

  /** What `work` asked for. */
  async during(work: () => Promise<unknown>): Promise<Counts> {
    const own = (this.#counts = noCounts());
    await work();
    this.#counts = noCounts();
    return own;
  }

  /** Capacity is what the server says it used, indexes included: DynamoDB Local counts as DynamoDB bills. */
  countTable(documents: DynamoDBDocumentClient): void {
    documents.middlewareStack.add(
      (next, context) => async (args) => {
        const name = String(context['commandName']);
        const input = args.input as Record<string, unknown>;
        const result = await next({ ...args, input: { ...input, ReturnConsumedCapacity: 'TOTAL' } });
        const output = result.output as { ConsumedCapacity?: Capacity | readonly Capacity[] };
        const told = [output.ConsumedCapacity ?? []].flat().reduce((sum, each) => sum + (each.CapacityUnits ?? 0), 0);
        // DynamoDB bills a read that finds nothing as the smallest one; DynamoDB Local says 0.
        const least = input['ConsistentRead'] === true ? 1 : 0.5;
        const isRead = READ.test(name);
        this.#add(isRead ? 'read' : 'write', entityOf(input), isRead ? Math.max(least, told) : told);
        return result;
      },
      { step: 'initialize', name: 'countTable' },
    );
  }

  countQueues(sqs: SQSClient): void {
    sqs.middlewareStack.add(
      (next, context) => async (args) => {
        const result = await next(args);
        if (isEmptyReceive(String(context['commandName']), result.output)) return result;
        const bytes = bodiesOf(args.input) + bodiesOf(result.output);
        this.#counts.sqs += Math.max(1, Math.ceil(bytes / SQS_PIECE));
        return result;
      },
      { step: 'initialize', name: 'countQueues' },
    );
  }

  #add(kind: 'read' | 'write', entity: string, units: number): void {
    const counts = this.#counts;
    const by = kind === 'read' ? counts.reads : counts.writes;
    by[entity] = (by[entity] ?? 0) + units;
    if (kind === 'read') counts.readUnits += units;
    else counts.writeUnits += units;
  }
}

interface Capacity {
  readonly CapacityUnits?: number;
}

/** The part of a partition key before its first `#`, of whichever input names one. */
function entityOf(input: Record<string, unknown>): string {
  const key = /"(?:pk|:pk)":"([^"#]+)/.exec(JSON.stringify(input, keysOnly))?.[1];
  return key ?? 'other';
}

/** Bodies may be long and may hold bytes. */
function keysOnly(name: string, value: unknown): unknown {
  return name === 'body' || value instanceof Set ? undefined : value;
}

/** A receive that found nothing: the model counts those by the time that nothing was there. */
function isEmptyReceive(name: string, output: unknown): boolean {
  return name === 'ReceiveMessageCommand' && ((output as { Messages?: unknown[] }).Messages ?? []).length === 0;
}

/** Bytes of message bodies in a request or an answer. */
function bodiesOf(value: unknown): number {
  const { MessageBody, Entries, Messages } = value as {
    MessageBody?: string;
    Entries?: readonly { MessageBody?: string }[];
    Messages?: readonly { Body?: string }[];
  };
  const bodies = [
    MessageBody,
    ...(Entries ?? []).map((each) => each.MessageBody),
    ...(Messages ?? []).map((m) => m.Body),
  ];
  return bodies.reduce((sum, body) => sum + Buffer.byteLength(body ?? ''), 0);
}
