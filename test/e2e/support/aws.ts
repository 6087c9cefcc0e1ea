import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Place } from '../../../core/cloud/network.ts';
import { AwsBox } from '../../support/aws/box.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import type { RunningPortcullis } from './portcullis.ts';
import { cleanups, dataDir, up } from './scene.ts';

/** moto until the test ends; its URL. */
export async function moto(): Promise<string> {
  const emulator = await startMoto();
  cleanups.push(() => emulator.close());
  return emulator.url;
}

/** An account and Region of moto that filters until the test ends. */
export async function awsBox(url: string, place?: Place, mirrorEveryMs?: number): Promise<AwsBox> {
  const box = new AwsBox(url, place, mirrorEveryMs);
  await box.start();
  cleanups.push(() => box.stop());
  return box;
}

/** What points the SDK of any process at a service on this machine, as moto's own account. */
export const awsEnv = (url: string) => ({
  AWS_ENDPOINT_URL: url,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_REGION: 'us-east-1',
});

/** `up` on a data directory of its own with this `portcullis.yaml`, its AWS at `url`. */
export async function upOnAws(
  url: string,
  yaml: string,
  args: readonly string[] = [],
): Promise<{ portcullis: RunningPortcullis; data: string }> {
  const data = await dataDir();
  const config = join(data, 'portcullis.yaml');
  await writeFile(config, yaml);
  return { portcullis: await up(data, ['--config', config, ...args], { env: awsEnv(url) }), data };
}
