import { idOf } from '../identity.ts';
import type { Shard } from '../planning/shard.ts';
import type { Instant } from '../time.ts';

/** In the place of a task. */
export const IMPORT = 'import';

/** The shard that stands for results nobody asked for. `part` tells apart what is imported at one moment. */
export function importedShard(part: string, addresses: readonly string[], now: Instant): Shard {
  return {
    shardId: idOf('s', 'import', now, part),
    runId: idOf('r', 'import', now),
    taskId: IMPORT,
    purpose: 'sweep',
    addresses: [...addresses],
    protocol: 'tcp',
    ports: '',
    excluded: {},
    tries: 1,
    timeoutMs: 1_250,
    rate: null,
    createdAt: now,
    notAfter: now,
    planId: null,
  };
}
