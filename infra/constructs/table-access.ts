import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import * as keys from '../../adapters/aws/dynamo/keys.ts';
import { TABLE } from '../../core/deployment/resources.ts';
import type { Stores } from '../../core/ports/stores.ts';

export type StoreName = keyof Stores | 'killSwitch';
type WriteAction = 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'BatchWriteItem';

interface StoreKeys {
  /** Patterns of the partition keys of its items. */
  readonly partitions: readonly string[];
  /** Patterns of the partition keys of its entries in the indexes. */
  readonly indexed?: readonly string[];
  /** The calls it writes with. */
  readonly writes: readonly WriteAction[];
  /** The calls it deletes with, beyond those. */
  readonly removes?: readonly WriteAction[];
}

const sharded = (name: string) => [`${name}#*`];

/** Where each store keeps its items (`adapters/aws/dynamo/keys.ts`). */
const STORES: Readonly<Record<StoreName, StoreKeys>> = {
  assets: { partitions: sharded(keys.ASSETS), writes: ['BatchWriteItem'] },
  fingerprints: {
    partitions: [...sharded(keys.FINGERPRINTS), ...sharded(keys.UDP_FINGERPRINTS)],
    writes: ['PutItem'],
  },
  changes: { partitions: sharded(keys.CHANGES), indexed: sharded(keys.CHANGES), writes: ['BatchWriteItem'] },
  findings: {
    partitions: sharded(keys.FINDINGS),
    indexed: [...sharded(keys.UNTOLD), keys.untoldGroupPartition('*')],
    writes: ['PutItem'],
  },
  whitelist: { partitions: [keys.WHITELIST], writes: ['PutItem'] },
  plans: { partitions: sharded(keys.PLANS), indexed: [keys.UNFINISHED_PLANS], writes: ['PutItem'] },
  approvals: { partitions: sharded(keys.APPROVALS), indexed: [keys.UNFINISHED_APPROVALS], writes: ['PutItem'] },
  // Rows are added and never changed; nobody may delete one.
  audit: {
    partitions: sharded(keys.AUDIT),
    indexed: [...sharded(keys.AUDIT), keys.auditObjectPartition('*')],
    writes: ['PutItem'],
  },
  runs: {
    partitions: sharded(keys.RUNS),
    indexed: [...sharded(keys.RUNS), keys.RUN_EXPIRY],
    writes: ['PutItem', 'UpdateItem'],
    removes: ['DeleteItem'],
  },
  locks: { partitions: [keys.lockKey('*').pk], writes: ['PutItem', 'DeleteItem'] },
  admitted: { partitions: sharded(keys.ADMITTED), writes: ['PutItem'], removes: ['BatchWriteItem'] },
  attributions: { partitions: [keys.ruleHistoryKey('*').pk], writes: ['PutItem'] },
  seenEvents: { partitions: sharded(keys.SEEN_EVENTS), writes: ['BatchWriteItem'] },
  lines: { partitions: [keys.LINES], writes: ['PutItem'] },
  addressLeases: { partitions: [keys.leaseKey('*').pk], writes: ['UpdateItem'] },
  killSwitch: { partitions: [keys.KILL_SWITCH_KEY.pk], writes: ['PutItem'] },
};

export interface TableAccess {
  readonly read?: readonly StoreName[];
  readonly write?: readonly StoreName[];
  /** Deletes what has expired or is gone. */
  readonly remove?: readonly StoreName[];
}

/**
 * Lets `grantee` reach the items of these stores and no others. The condition holds for every call allowed here, because each names its
 * partitions: a Scan would not, and is never allowed.
 */
export function grantStores(
  table: TableV2,
  grantee: IGrantable,
  { read = [], write = [], remove = [] }: TableAccess,
): void {
  const allow = (actions: readonly string[], resources: string[], partitions: readonly string[]) => {
    if (partitions.length === 0) return;
    grantee.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({
        actions: actions.map((action) => `dynamodb:${action}`),
        resources,
        conditions: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [...new Set(partitions)].toSorted() } },
      }),
    );
  };
  const partitionsOf = (names: readonly StoreName[]) => names.flatMap((name) => STORES[name].partitions);
  const indexes = TABLE.indexes.map(({ name }) => `${table.tableArn}/index/${name}`);

  allow(['GetItem', 'BatchGetItem', 'Query'], [table.tableArn], partitionsOf(read));
  allow(
    ['Query'],
    indexes,
    [...read, ...remove].flatMap((name) => STORES[name].indexed ?? []),
  );
  const everyAction: readonly WriteAction[] = ['PutItem', 'UpdateItem', 'DeleteItem', 'BatchWriteItem'];
  for (const action of everyAction) {
    const users = [
      ...write.filter((name) => STORES[name].writes.includes(action)),
      ...remove.filter((name) => STORES[name].removes?.includes(action)),
    ];
    allow([action], [table.tableArn], partitionsOf(users));
  }
}
