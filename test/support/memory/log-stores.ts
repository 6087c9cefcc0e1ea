import { AuditRow } from '../../../core/audit/audit-row.ts';
import { Change } from '../../../core/fingerprints/change.ts';
import type { AuditLog, ChangeLog } from '../../../core/ports/stores.ts';
import type { Instant } from '../../../core/time.ts';
import { MemoryItems, newestFirst } from './versioned.ts';

export class MemoryChangeLog implements ChangeLog {
  readonly #items = new MemoryItems(Change);

  async putAll(changes: readonly Change[]): Promise<void> {
    for (const change of changes) this.#items.put(change.id, change);
  }

  async list(options: { limit: number; since?: Instant }): Promise<Change[]> {
    const { limit, since } = options;
    const rows = this.#items.list().filter((change) => since === undefined || change.at >= since);
    return newestFirst(rows, (change) => change.at, limit);
  }
}

export class MemoryAuditLog implements AuditLog {
  readonly #items = new MemoryItems(AuditRow);

  async append(row: AuditRow): Promise<void> {
    if (this.#items.get(row.id) === undefined) this.#items.put(row.id, row);
  }

  async list(options: { limit: number; object?: string }): Promise<AuditRow[]> {
    const { limit, object } = options;
    const rows = this.#items.list().filter((row) => object === undefined || row.object === object);
    return newestFirst(rows, (row) => row.at, limit);
  }
}
