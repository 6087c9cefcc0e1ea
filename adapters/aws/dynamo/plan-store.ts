import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Plan } from '../../../core/remediation/plan.ts';
import type { PlanState } from '../../../core/remediation/plan.ts';
import type { PlanStore } from '../../../core/ports/stores.ts';
import { partitionsOf, PLANS, shardedKey, UNFINISHED_PLANS } from './keys.ts';
import { Table } from './table.ts';
import { VersionedItems } from './versioned-items.ts';

const UNFINISHED: ReadonlySet<PlanState> = new Set(['manual', 'applying', 'applied', 'rolling-back']);

export class DynamoPlanStore implements PlanStore {
  readonly #items: VersionedItems<Plan>;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#items = new VersionedItems(new Table(client, tableName), {
      what: 'plan',
      schema: Plan,
      idOf: (plan) => plan.id,
      keyOf: (id) => shardedKey(PLANS, id),
      partitions: partitionsOf(PLANS),
      indexed: (plan) => (isUnfinished(plan) ? { gsi2pk: UNFINISHED_PLANS, gsi2sk: plan.id } : null),
    });
  }

  get(id: string): Promise<Plan | undefined> {
    return this.#items.get(id);
  }

  save(plan: Plan): Promise<Plan> {
    return this.#items.save(plan);
  }

  list(): Promise<Plan[]> {
    return this.#items.list();
  }

  listUnfinished(): Promise<Plan[]> {
    return this.#items.listIndexed('gsi2', [UNFINISHED_PLANS], isUnfinished);
  }
}

function isUnfinished(plan: Plan): boolean {
  return UNFINISHED.has(plan.state);
}
