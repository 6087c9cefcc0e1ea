import { mkdir } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { findPackageJSON } from 'node:module';
import { pathToFileURL } from 'node:url';
import { buildApp } from 'fauxqs';
import type { BuildAppOptions } from 'fauxqs';
import { damaged } from './damaged.ts';
import { hasAccessKey } from './loopback-key.ts';

export interface QueueServer {
  /** `http://127.0.0.1:PORT`, for SQS and SNS. */
  readonly endpoint: string;
  stop(): Promise<void>;
}

type Stores = NonNullable<BuildAppOptions['stores']>;

/** The parts of fauxqs 2.4.1 that its package does not export. */
interface Persistence {
  readonly db: DatabaseSync;
  updateMessageReady(messageId: string): void;
  transaction(work: () => void): void;
  load(sqs: Stores['sqsStore'], sns: Stores['snsStore'], s3: Stores['s3Store']): void;
  close(): void;
}

/**
 * fauxqs on a free loopback port, kept in `directory`. It is put together here from its parts because its own `startFauxqs`
 * - listens on 0.0.0.0 whatever it is told;
 * - fails ChangeMessageVisibility to 0 when it persists, and forgets the message until the next start;
 * - moves a message to the dead-letter queue by a delete and an insert that a killed process can fall between.
 * (`fauxqs` is pinned for that reason.) What a killed process had received is given out again at once: nobody else can hold it.
 * @throws BadInput naming the directory when what is stored there is damaged.
 */
export async function startQueueServer(directory: string, region: string, accessKeyId: string): Promise<QueueServer> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { sqsStore, snsStore, s3Store } = await makeStores();
  const persistence = await openPersistence(directory);
  receiveInTransactions(sqsStore, persistence);
  try {
    persistence.load(sqsStore, snsStore, s3Store);
  } catch (error) {
    persistence.close();
    throw damaged(directory, error);
  }
  Object.assign(sqsStore, { persistence });
  Object.assign(snsStore, { persistence });
  for (const queue of sqsStore.allQueues()) Object.assign(queue, { persistence });

  const app = buildApp({ logger: false, defaultRegion: region, stores: { sqsStore, snsStore, s3Store } });
  app.addHook('onRequest', (request, reply, done) => {
    if (hasAccessKey(request.headers.authorization, accessKeyId)) done();
    else void reply.code(403).send();
  });
  app.addHook('onClose', () => persistence.close());
  const endpoint = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    endpoint,
    async stop() {
      await app.close();
    },
  };
}

/** A receive writes several rows; a move to the dead-letter queue is a delete and an insert. All of it or nothing. */
function receiveInTransactions(sqsStore: Stores['sqsStore'], persistence: Persistence): void {
  const createQueue = sqsStore.createQueue.bind(sqsStore);
  sqsStore.createQueue = (...details) => {
    const queue = createQueue(...details);
    const dequeue = queue.dequeue.bind(queue);
    queue.dequeue = (...wanted) => {
      let received: ReturnType<typeof dequeue> = [];
      persistence.transaction(() => {
        received = dequeue(...wanted);
      });
      return received;
    };
    return queue;
  };
}

async function makeStores(): Promise<Stores> {
  const [sqs, sns, s3] = await Promise.all([
    part<{ SqsStore: new () => Stores['sqsStore'] }>('sqs/sqsStore.js'),
    part<{ SnsStore: new () => Stores['snsStore'] }>('sns/snsStore.js'),
    part<{ S3Store: new () => Stores['s3Store'] }>('s3/s3Store.js'),
  ]);
  return { sqsStore: new sqs.SqsStore(), snsStore: new sns.SnsStore(), s3Store: new s3.S3Store() };
}

async function openPersistence(directory: string): Promise<Persistence> {
  const { PersistenceManager } = await part<{ PersistenceManager: new (directory: string) => Persistence }>(
    'persistence.js',
  );
  let persistence: Persistence;
  try {
    persistence = new PersistenceManager(directory);
    const verdict = persistence.db.prepare('PRAGMA quick_check(1)').get();
    if (verdict?.['quick_check'] !== 'ok') throw new Error(String(verdict?.['quick_check']));
  } catch (error) {
    throw damaged(directory, error);
  }
  const { db } = persistence;
  // As LevelDB by default: a killed process loses nothing, a power cut may lose the last moments but corrupts nothing. Without it each
  // message costs three fsyncs, during which the whole process stands still.
  db.exec('PRAGMA synchronous = NORMAL');
  const release = 'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL';
  db.exec(release);
  const releaseOne = db.prepare(`${release} WHERE message_id = ?`);
  persistence.updateMessageReady = (messageId) => {
    releaseOne.run(messageId);
  };
  return persistence;
}

async function part<T>(path: string): Promise<T> {
  const manifest = findPackageJSON('fauxqs', import.meta.url);
  if (manifest === undefined) throw new Error('the package fauxqs is not installed');
  return (await import(new URL(`dist/${path}`, pathToFileURL(manifest)).href)) as T;
}
