import type { Claims } from '../../../fargate-scanner/claims.ts';

/** Where nobody else scans: every shard may start at once. */
export function freeClaims(): Claims {
  return {
    take: async () => ({ owner: false, lost: new AbortController().signal, end: async () => undefined }),
    changed: async () => undefined,
  };
}
