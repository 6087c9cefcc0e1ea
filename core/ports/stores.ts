import type { Asset } from '../assets/asset.ts';
import type { Approval, DecidedAs } from '../approvals/approval.ts';
import type { AuditRow } from '../audit/audit-row.ts';
import type { Change } from '../fingerprints/change.ts';
import type { Fingerprint } from '../fingerprints/fingerprint.ts';
import type { Protocol } from '../net/protocol.ts';
import type { Finding } from '../findings/finding.ts';
import type { Plan } from '../remediation/plan.ts';
import type { ScannedBy, TaskRun } from '../planning/task-run.ts';
import type { WhitelistEntry } from '../whitelist/entry.ts';
import type { Instant } from '../time.ts';
import type { AddressLeases } from './address-leases.ts';
import type { AdmittedStore } from './admitted-store.ts';
import type { AttributionStore } from './attribution-store.ts';
import type { LineStore } from './line-store.ts';
import type { SeenEvents } from './seen-events.ts';

/*
 * Rules for every store (the contract suites in test/contract hold them on every adapter):
 * - `get` resolves to undefined only when the item is not there; an unreachable store throws.
 * - `save(item)` writes `item` only if the stored version is `item.version` (0: not stored yet) and resolves to the item with
 *   version + 1; otherwise it throws VersionConflict and nothing is written.
 * - reads by id and of versions are strongly consistent, and so are lists; those by an index, and with `mayLag`, may lag by a moment on AWS.
 * - a stored item that does not parse is an error that names it, never skipped.
 */

export interface ListOptions {
  /** What was written in the last second may be missing: for plans that are made again soon. At half the price. */
  readonly mayLag?: boolean;
}

export interface AssetStore {
  get(address: string): Promise<Asset | undefined>;
  /** Last write wins. */
  putAll(assets: readonly Asset[]): Promise<void>;
  removeAll(addresses: readonly string[]): Promise<void>;
  list(options?: ListOptions): Promise<Asset[]>;
}

/** One fingerprint an address and protocol; reads are of one protocol, TCP unless they name another. */
export interface FingerprintStore {
  /** Missing addresses are absent from the map. */
  getMany(addresses: readonly string[], protocol?: Protocol): Promise<Map<string, Fingerprint>>;
  save(fingerprint: Fingerprint): Promise<Fingerprint>;
  list(options?: ListOptions & { readonly protocol?: Protocol }): Promise<Fingerprint[]>;
}

export interface ChangeLog {
  /** Same id, same row: writing a change again is harmless. */
  putAll(changes: readonly Change[]): Promise<void>;
  /** Newest first. */
  list(options: { limit: number; since?: Instant }): Promise<Change[]>;
}

export interface FindingStore {
  get(id: string): Promise<Finding | undefined>;
  getMany(ids: readonly string[]): Promise<Map<string, Finding>>;
  save(finding: Finding): Promise<Finding>;
  list(): Promise<Finding[]>;
  /** Findings with something untold; of one alert group when given. */
  listUntold(group?: string): Promise<Finding[]>;
}

export interface WhitelistStore {
  get(id: string): Promise<WhitelistEntry | undefined>;
  save(entry: WhitelistEntry): Promise<WhitelistEntry>;
  /** Every entry in every state. Strongly consistent: decisions rest on it. */
  list(): Promise<WhitelistEntry[]>;
}

export interface PlanStore {
  get(id: string): Promise<Plan | undefined>;
  save(plan: Plan): Promise<Plan>;
  list(): Promise<Plan[]>;
  /** Plans in a state that something must still happen to: manual, applying, applied, rolling-back. */
  listUnfinished(): Promise<Plan[]>;
}

/** `decided` was the first decision; `already` returns what was decided before; `expired`: too late. */
export type Decision =
  | { kind: 'decided'; approval: Approval }
  | { kind: 'already'; approval: Approval }
  | { kind: 'expired'; approval: Approval };

export interface ApprovalStore {
  get(id: string): Promise<Approval | undefined>;
  save(approval: Approval): Promise<Approval>;
  /** One conditional write: pending and `now < expiresAt`, or nothing. @throws NotFound */
  decide(id: string, decision: 'approved' | 'denied', by: string, now: Instant, as?: DecidedAs): Promise<Decision>;
  list(): Promise<Approval[]>;
  /** Approvals that something must still happen to: pending, approved, or denied without an outcome. */
  listUnfinished(): Promise<Approval[]>;
}

export interface AuditLog {
  /** Adds the row; a row with the same id is left as it is. */
  append(row: AuditRow): Promise<void>;
  /** Newest first; of one object when given. */
  list(options: { limit: number; object?: string }): Promise<AuditRow[]>;
}

export interface TaskRunStore {
  get(id: string): Promise<TaskRun | undefined>;
  /** Creates the run; the same id again is left as it is. */
  create(run: TaskRun): Promise<void>;
  /**
   * Counts a shard once, however often it is called, and resolves to the run as it then stands; undefined for an unknown run.
   * `by` is counted with the shard's first result, or with the first that is complete, which then takes the place of the other.
   * A call that a crash cut short may leave the shard uncounted until it is called again; when all have ended, the counts are exact.
   */
  recordShard(
    runId: string,
    shardId: string,
    ended: 'complete' | 'incomplete',
    reason: string | null,
    by?: ScannedBy,
  ): Promise<TaskRun | undefined>;
  finish(runId: string, at: Instant): Promise<void>;
  /** Ends a run that has not ended, and says why; one that has stays as it is. Resolves to the run as it then stands; undefined for an unknown run. */
  stop(runId: string, at: Instant, why: string): Promise<TaskRun | undefined>;
  /** The run of the task that started last; undefined when there was none, or it has been deleted. */
  lastOf(taskId: string): Promise<TaskRun | undefined>;
  /** Newest first. */
  list(options: { limit: number }): Promise<TaskRun[]>;
  /** Deletes runs whose ttl has passed; resolves to how many. */
  removeExpired(now: Instant): Promise<number>;
}

export interface LockStore {
  /** Takes `name` for `holder` until `until`; false when somebody else holds it. The same holder may take it again. */
  acquire(name: string, holder: string, now: Instant, until: Instant): Promise<boolean>;
  release(name: string, holder: string): Promise<void>;
}

/** Every store; one table holds them all. */
export interface Stores {
  assets: AssetStore;
  fingerprints: FingerprintStore;
  changes: ChangeLog;
  findings: FindingStore;
  whitelist: WhitelistStore;
  plans: PlanStore;
  approvals: ApprovalStore;
  audit: AuditLog;
  runs: TaskRunStore;
  locks: LockStore;
  attributions: AttributionStore;
  admitted: AdmittedStore;
  lines: LineStore;
  seenEvents: SeenEvents;
  addressLeases: AddressLeases;
}
