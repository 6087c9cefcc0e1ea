import { execFileSync } from 'node:child_process';

/** Opens again what a test closed: all of them run in one network. */
export async function removeTable(): Promise<void> {
  execFileSync('sh', ['-c', 'nft delete table inet portcullis 2>/dev/null || true']);
}
