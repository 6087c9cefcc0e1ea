import type { Stores } from '../../../core/ports/stores.ts';
import { describeAddressLeases } from './address-leases.contract.ts';
import { describeAdmittedStore } from './admitted-store.contract.ts';
import { describeApprovalStore } from './approval-store.contract.ts';
import { describeAssetStore } from './asset-store.contract.ts';
import { describeAttributionStore } from './attribution-store.contract.ts';
import { describeAuditLog } from './audit-log.contract.ts';
import { describeChangeLog } from './change-log.contract.ts';
import { describeFindingStore } from './finding-store.contract.ts';
import { describeFingerprintStore } from './fingerprint-store.contract.ts';
import { describeLineStore } from './line-store.contract.ts';
import { describeLockStore } from './lock-store.contract.ts';
import { describePlanStore } from './plan-store.contract.ts';
import { describeSeenEvents } from './seen-events.contract.ts';
import { describeTaskRunStore } from './task-run-store.contract.ts';
import { describeWhitelistStore } from './whitelist-store.contract.ts';

/** `make` gives stores with nothing in them. */
export function describeEveryStore(name: string, make: () => Promise<Stores>): void {
  describeAssetStore(name, async () => (await make()).assets);
  describeFingerprintStore(name, async () => (await make()).fingerprints);
  describeChangeLog(name, async () => (await make()).changes);
  describeFindingStore(name, async () => (await make()).findings);
  describeWhitelistStore(name, async () => (await make()).whitelist);
  describePlanStore(name, async () => (await make()).plans);
  describeApprovalStore(name, async () => (await make()).approvals);
  describeAuditLog(name, async () => (await make()).audit);
  describeTaskRunStore(name, async () => (await make()).runs);
  describeLockStore(name, async () => (await make()).locks);
  describeAttributionStore(name, async () => (await make()).attributions);
  describeAdmittedStore(name, async () => (await make()).admitted);
  describeLineStore(name, async () => (await make()).lines);
  describeSeenEvents(name, async () => (await make()).seenEvents);
  describeAddressLeases(name, async () => (await make()).addressLeases);
}
