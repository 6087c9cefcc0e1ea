import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Approval, type DecidedAs } from '../../../core/approvals/approval.ts';
import { isUnfinished } from '../../../core/approvals/state.ts';
import { NotFound, VersionConflict } from '../../../core/errors.ts';
import type { ApprovalStore, Decision } from '../../../core/ports/stores.ts';
import type { Instant } from '../../../core/time.ts';
import { APPROVALS, partitionsOf, shardedKey, UNFINISHED_APPROVALS } from './keys.ts';
import { Table } from './table.ts';
import { VersionedItems } from './versioned-items.ts';

/** A decision lost to a change that decided nothing is tried again; nothing writes a pending approval this often. */
const MAX_ATTEMPTS = 5;

export class DynamoApprovalStore implements ApprovalStore {
  readonly #items: VersionedItems<Approval>;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#items = new VersionedItems(new Table(client, tableName), {
      what: 'approval',
      schema: Approval,
      idOf: (approval) => approval.id,
      keyOf: (id) => shardedKey(APPROVALS, id),
      partitions: partitionsOf(APPROVALS),
      indexed: (approval) => (isUnfinished(approval) ? { gsi2pk: UNFINISHED_APPROVALS, gsi2sk: approval.id } : null),
    });
  }

  get(id: string): Promise<Approval | undefined> {
    return this.#items.get(id);
  }

  save(approval: Approval): Promise<Approval> {
    return this.#items.save(approval);
  }

  /** The write is conditional on the version that was read as pending and unexpired, so only the first decision is written. */
  async decide(
    id: string,
    decision: 'approved' | 'denied',
    by: string,
    now: Instant,
    as: DecidedAs | null = null,
  ): Promise<Decision> {
    for (let attempt = 1; ; attempt += 1) {
      const approval = await this.#items.get(id);
      if (approval === undefined) throw new NotFound('approval', id);
      if (approval.state === 'expired') return { kind: 'expired', approval };
      if (approval.state !== 'pending') return { kind: 'already', approval };
      if (now >= approval.expiresAt) return { kind: 'expired', approval };
      try {
        const decided = await this.#items.save({
          ...approval,
          state: decision,
          decidedBy: by,
          decidedAt: now,
          decidedAs: as,
        });
        return { kind: 'decided', approval: decided };
      } catch (thrown) {
        if (!(thrown instanceof VersionConflict) || attempt === MAX_ATTEMPTS) throw thrown;
      }
    }
  }

  list(): Promise<Approval[]> {
    return this.#items.list();
  }

  listUnfinished(): Promise<Approval[]> {
    return this.#items.listIndexed('gsi2', [UNFINISHED_APPROVALS], isUnfinished);
  }
}
