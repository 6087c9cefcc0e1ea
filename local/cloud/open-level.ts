import type { LevelDb } from './dynalite.ts';

/**
 * Bytes. By itself LevelDB takes 8 MiB for its cache and 4 for each of two write buffers, and takes minutes to fill them. What the cache has
 * no room for is in the memory of the system.
 */
const SIZES = { cacheSize: 2 * 1_048_576, writeBufferSize: 1_048_576 };

/** Opens the LevelDB of dynalite, also again. */
export async function openLevel(level: LevelDb): Promise<void> {
  await level.open(SIZES);
}
