/**
 * Run as its own process and killed at a random moment: `sender.ts DATA_DIR START`. Sends numbered messages, writes numbered items, deletes
 * received messages, and prints a line for each only after it was acknowledged.
 */
import { writeSync } from 'node:fs';
import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { makeClients } from '../../../../adapters/aws/clients.ts';
import { sendAll } from '../../../../adapters/aws/sqs-send.ts';
import { openDataDirectory } from '../../../../local/cloud/data-directory.ts';
import { startEmbeddedCloud } from '../../../../local/cloud/embedded-cloud.ts';

const [dataDir = '', start = '0'] = process.argv.slice(2);
const directory = await openDataDirectory(dataDir);
await directory.acquireLock();
const cloud = await startEmbeddedCloud({ dataDir: directory.path });
const { sqs, documents } = makeClients(cloud.clientOptions);
// Not console.log: a line must be out before the next call, whatever kills us.
const say = (line: string): void => {
  writeSync(1, `${line}\n`);
};
say('ready');

let n = Number(start);
async function send(): Promise<void> {
  for (;;) {
    const first = n;
    n += 3;
    const group = [first, first + 1, first + 2];
    await sendAll(sqs, cloud.queueUrls.results, group);
    for (const each of group) say(`sent ${each}`);
  }
}
/** Each writer has its own item, so that many writes are under way at any moment. */
async function write(writer: number): Promise<void> {
  for (;;) {
    const each = n;
    n += 1;
    // The index key changes with every write, so that a torn write would leave the index unlike the table.
    const Item = { pk: `item-${writer}`, sk: 'v', gsi1pk: `g${each % 7}`, gsi1sk: String(each), each };
    await documents.send(new PutCommand({ TableName: cloud.tableName, Item }));
    say(`put ${writer} ${each}`);
  }
}
async function consume(): Promise<void> {
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: cloud.queueUrls.results, WaitTimeSeconds: 1 }),
    );
    for (const message of Messages) {
      if (Number(message.Body) % 4 !== 0) continue;
      say(`deleting ${message.Body}`);
      await sqs.send(
        new DeleteMessageCommand({ QueueUrl: cloud.queueUrls.results, ReceiptHandle: message.ReceiptHandle }),
      );
    }
  }
}
await Promise.all([send(), consume(), ...Array.from({ length: 20 }, (_, writer) => write(writer))]);
