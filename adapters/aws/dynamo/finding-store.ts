import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { alertGroupOf, Finding } from '../../../core/findings/finding.ts';
import type { FindingStore } from '../../../core/ports/stores.ts';
import { FINDINGS, partitionsOf, shardedKey, UNTOLD, untoldGroupPartition, untoldKeys } from './keys.ts';
import { Table } from './table.ts';
import { VersionedItems } from './versioned-items.ts';

export class DynamoFindingStore implements FindingStore {
  readonly #items: VersionedItems<Finding>;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#items = new VersionedItems(new Table(client, tableName), {
      what: 'finding',
      schema: Finding,
      idOf: (finding) => finding.id,
      keyOf: (id) => shardedKey(FINDINGS, id),
      partitions: partitionsOf(FINDINGS),
      indexed: (finding) => (isUntold(finding) ? untoldKeys(finding.id, alertGroupOf(finding)) : null),
    });
  }

  get(id: string): Promise<Finding | undefined> {
    return this.#items.get(id);
  }

  getMany(ids: readonly string[]): Promise<Map<string, Finding>> {
    return this.#items.getMany(ids);
  }

  save(finding: Finding): Promise<Finding> {
    return this.#items.save(finding);
  }

  list(): Promise<Finding[]> {
    return this.#items.list();
  }

  listUntold(group?: string): Promise<Finding[]> {
    if (group === undefined) return this.#items.listIndexed('gsi1', partitionsOf(UNTOLD), isUntold);
    const belongs = (finding: Finding) => isUntold(finding) && alertGroupOf(finding) === group;
    return this.#items.listIndexed('gsi2', [untoldGroupPartition(group)], belongs);
  }
}

function isUntold(finding: Finding): boolean {
  return finding.untold.length > 0;
}
