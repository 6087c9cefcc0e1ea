/**
 * Flags of Node for the process that watches. Without them V8 keeps garbage for as long as the machine has memory: 250 MB of heap where
 * 40 MB are alive (bench/loop).
 * - The documented limit of one of the three spaces of the young generation, MiB; without it they grow to 134 MB.
 * - The old generation is collected when it has grown by half, instead of by up to three times. Its size is not limited: a large fleet
 *   may need more.
 */
export const NODE_FLAGS = ['--max-semi-space-size=4', '--heap-growing-percent=50'];

/**
 * Environment of the same process, for the allocator of glibc; others do not look at it. Without it the allocator keeps 20 MB of what
 * short bursts of work freed (bench/ingest).
 * - Two pools of memory, where it would make eight for each core, each with its own left-overs.
 * - What is free at the end of a pool goes back from 128 KiB on. By itself it raises that limit for good with the largest block it has seen.
 */
export const NODE_ENVIRONMENT = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' };
