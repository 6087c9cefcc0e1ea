import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AlertLine } from '../../test/e2e/support/portcullis.ts';

const LOOK_EVERY_MS = 20;

export interface Told {
  readonly kind: string;
  readonly address: string;
  readonly port: number;
  readonly findingId: string;
  readonly approvalId: string | null;
  /** When the line was seen, monotonic milliseconds. */
  readonly at: number;
}

/** What `alerts.jsonl` tells, as it grows. */
export class AlertTail {
  readonly told: Told[] = [];
  readonly #path: string;
  readonly #timer: NodeJS.Timeout;
  #read = 0;

  constructor(dataDir: string) {
    this.#path = join(dataDir, 'alerts.jsonl');
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  /** The first alert of one of these kinds about an address and port. */
  find(kinds: readonly string[], where: { address: string; port: number }): Told | undefined {
    return this.told.find(
      (item) => kinds.includes(item.kind) && item.address === where.address && item.port === where.port,
    );
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const bytes = contentOf(this.#path).subarray(this.#read);
    const whole = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
    this.#read += whole.length;
    const at = performance.now();
    for (const line of whole.toString('utf8').split('\n')) {
      if (line === '') continue;
      const { items } = JSON.parse(line) as AlertLine & { items: { approvalId: string | null }[] };
      for (const { kind, address, port, findingId, approvalId } of items) {
        this.told.push({ kind, address, port, findingId, approvalId, at });
      }
    }
  }
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}
