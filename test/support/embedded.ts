import { onTestFinished } from 'vitest';
import { makeClients } from '../../adapters/aws/clients.ts';
import type { Clients } from '../../adapters/aws/clients.ts';
import { startEmbeddedCloud } from '../../local/cloud/embedded-cloud.ts';
import type { EmbeddedCloud } from '../../local/cloud/embedded-cloud.ts';
import { temporaryDirectory } from './temporary.ts';

export type TestCloud = EmbeddedCloud & { readonly clients: Clients; readonly dataDir: string };

/** An embedded cloud with clients, in a directory of its own unless one is given; stopped when the test ends. */
export async function startTestCloud(dataDir?: string): Promise<TestCloud> {
  const directory = dataDir ?? (await temporaryDirectory());
  const cloud = await startEmbeddedCloud({ dataDir: directory });
  const clients = makeClients(cloud.clientOptions);
  let stopped: Promise<void> | null = null;
  const stop = (): Promise<void> => {
    clients.destroy();
    stopped ??= cloud.stop();
    return stopped;
  };
  onTestFinished(stop);
  return { ...cloud, stop, clients, dataDir: directory };
}
