import type { Stores } from '../../../core/ports/stores.ts';
import { MemoryAddressLeases } from './address-leases.ts';
import { MemoryAdmittedStore, MemoryAttributionStore, MemorySeenEvents } from './cloud-stores.ts';
import {
  MemoryApprovalStore,
  MemoryAssetStore,
  MemoryFindingStore,
  MemoryFingerprintStore,
  MemoryLineStore,
  MemoryPlanStore,
  MemoryWhitelistStore,
} from './entity-stores.ts';
import { MemoryAuditLog, MemoryChangeLog } from './log-stores.ts';
import { MemoryLockStore, MemoryTaskRunStore } from './work-stores.ts';

/** Every store, in memory and empty, for unit tests of the stages. test/contract/stores holds them to what DynamoDB does. */
export function makeMemoryStores(): Stores {
  return {
    assets: new MemoryAssetStore(),
    fingerprints: new MemoryFingerprintStore(),
    changes: new MemoryChangeLog(),
    findings: new MemoryFindingStore(),
    whitelist: new MemoryWhitelistStore(),
    plans: new MemoryPlanStore(),
    approvals: new MemoryApprovalStore(),
    audit: new MemoryAuditLog(),
    runs: new MemoryTaskRunStore(),
    locks: new MemoryLockStore(),
    attributions: new MemoryAttributionStore(),
    admitted: new MemoryAdmittedStore(),
    lines: new MemoryLineStore(),
    seenEvents: new MemorySeenEvents(),
    addressLeases: new MemoryAddressLeases(),
  };
}
