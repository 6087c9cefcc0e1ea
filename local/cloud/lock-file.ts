import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { BadInput } from '../../core/errors.ts';
import { toInstant } from '../../core/time.ts';
import { AlreadyRunning } from './already-running.ts';
import { underGuard } from './guard.ts';
import { readIfThere, replaceFile } from '../../adapters/local/files.ts';
import { identityOf, isAlive } from './process-identity.ts';

const LockRecord = z.object({
  pid: z.number().int().positive(),
  /** Where the holder serves; null while it starts. */
  url: z.string().nullable(),
  startedAt: z.string(),
  bootId: z.string().nullable(),
  startTicks: z.string().nullable(),
});
type LockRecord = z.infer<typeof LockRecord>;

const pathIn = (directory: string): string => join(directory, 'lock.json');

/** The living holder of the directory; null when there is none, or only what a killed process left. @throws BadInput for a damaged file */
export async function readLock(directory: string): Promise<{ pid: number; url: string | null } | null> {
  const text = await readIfThere(pathIn(directory));
  if (text === null) return null;
  const record = parse(directory, text);
  return (await isAlive(record)) ? { pid: record.pid, url: record.url } : null;
}

/** @throws AlreadyRunning when a living process holds it; the lock of a dead one is taken over. */
export async function takeLock(directory: string): Promise<LockRecord> {
  const mine: LockRecord = { ...(await identityOf(process.pid)), url: null, startedAt: toInstant(Date.now()) };
  return underGuard(join(directory, 'lock.guard'), async () => {
    const text = await readIfThere(pathIn(directory));
    const holder = text === null ? null : parse(directory, text);
    if (holder !== null && (await isAlive(holder))) throw new AlreadyRunning(holder.pid, holder.url);
    await replaceFile(pathIn(directory), serialise(mine));
    return mine;
  });
}

export async function writeLockUrl(directory: string, mine: LockRecord, url: string): Promise<LockRecord> {
  const changed = { ...mine, url };
  await replaceFile(pathIn(directory), serialise(changed));
  return changed;
}

/** Removes the lock if it is still the one of `mine`. */
export async function dropLock(directory: string, mine: LockRecord): Promise<void> {
  const text = await readIfThere(pathIn(directory));
  if (text === null) return;
  const holder = LockRecord.safeParse(JSON.parse(text));
  if (holder.success && holder.data.pid === mine.pid && holder.data.startTicks === mine.startTicks) {
    await rm(pathIn(directory), { force: true });
  }
}

function serialise(record: LockRecord): string {
  return `${JSON.stringify(record)}\n`;
}

function parse(directory: string, text: string): LockRecord {
  try {
    return LockRecord.parse(JSON.parse(text));
  } catch (error) {
    throw new BadInput(
      `${pathIn(directory)} is damaged: make sure that no portcullis runs on this data directory, then delete the file`,
      { cause: error },
    );
  }
}
