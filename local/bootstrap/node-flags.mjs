/**
 * Flags of Node for the process that watches. Without them V8 keeps garbage for as long as the machine has memory: 250 MB of heap where
 * 40 MB are alive (bench/loop).
 * - The documented limit of one of the three spaces of the young generation; without it they grow to 134 MB.
 * - The old generation is collected when it has grown by half, instead of by up to three times. Its size is not limited: a large fleet
 *   may need more.
 */
export const NODE_FLAGS = ['--max-semi-space-size=16', '--heap-growing-percent=50'];
