import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Stores } from '../../core/ports/stores.ts';
import { DynamoAddressLeases } from './dynamo/address-leases.ts';
import { DynamoAdmittedStore } from './dynamo/admitted-store.ts';
import { DynamoApprovalStore } from './dynamo/approval-store.ts';
import { DynamoAssetStore } from './dynamo/asset-store.ts';
import { DynamoAttributionStore } from './dynamo/attribution-store.ts';
import { DynamoAuditLog } from './dynamo/audit-log.ts';
import { DynamoChangeLog } from './dynamo/change-log.ts';
import { DynamoFindingStore } from './dynamo/finding-store.ts';
import { DynamoFingerprintStore } from './dynamo/fingerprint-store.ts';
import { DynamoLineStore } from './dynamo/line-store.ts';
import { DynamoLockStore } from './dynamo/lock-store.ts';
import { DynamoPlanStore } from './dynamo/plan-store.ts';
import { DynamoSeenEvents } from './dynamo/seen-events.ts';
import { DynamoTaskRunStore } from './dynamo/task-run-store.ts';
import { DynamoWhitelistStore } from './dynamo/whitelist-store.ts';

/** Every store, on one table. `expires`: it deletes items by their `ttl`, which the embedded table does not. */
export function makeStores(
  client: DynamoDBDocumentClient,
  tableName: string,
  { expires }: { expires: boolean } = { expires: true },
): Stores {
  return {
    assets: new DynamoAssetStore(client, tableName),
    fingerprints: new DynamoFingerprintStore(client, tableName),
    changes: new DynamoChangeLog(client, tableName),
    findings: new DynamoFindingStore(client, tableName),
    whitelist: new DynamoWhitelistStore(client, tableName),
    plans: new DynamoPlanStore(client, tableName),
    approvals: new DynamoApprovalStore(client, tableName),
    audit: new DynamoAuditLog(client, tableName),
    runs: new DynamoTaskRunStore(client, tableName, !expires),
    locks: new DynamoLockStore(client, tableName),
    attributions: new DynamoAttributionStore(client, tableName),
    admitted: new DynamoAdmittedStore(client, tableName),
    lines: new DynamoLineStore(client, tableName),
    seenEvents: new DynamoSeenEvents(client, tableName),
    addressLeases: new DynamoAddressLeases(client, tableName),
  };
}
