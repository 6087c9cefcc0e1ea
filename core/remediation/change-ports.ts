import type { DeciderPolicy } from '../approvals/deciders.ts';
import type { AutoPattern } from '../config/auto-schema.ts';
import type { Mode } from '../config/settings.ts';
import type { AttributionStore } from '../ports/attribution-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Firewall, Protection } from '../ports/firewall.ts';
import type { KillSwitch } from '../ports/kill-switch.ts';
import type { LineStore } from '../ports/line-store.ts';
import type { AlertQueue, RemediationQueue, ShardQueue } from '../ports/queues.ts';
import type {
  ApprovalStore,
  AssetStore,
  AuditLog,
  FindingStore,
  FingerprintStore,
  LockStore,
  PlanStore,
  WhitelistStore,
} from '../ports/stores.ts';

/** What every stage of a change needs to record and to tell. */
export interface RecordPorts {
  plans: PlanStore;
  approvals: ApprovalStore;
  findings: FindingStore;
  audit: AuditLog;
  alerts: AlertQueue;
  clock: Clock;
}

export interface ProposePorts extends RecordPorts {
  whitelist: WhitelistStore;
  fingerprints: FingerprintStore;
  assets: AssetStore;
  firewall: Firewall;
  protection: Protection;
  /** How long an approval stays open, milliseconds. */
  approvalTtlMs: number;
}

export interface VerifyPorts extends RecordPorts {
  firewall: Pick<Firewall, 'admissions'>;
  fingerprints: FingerprintStore;
  lines: LineStore;
  shards: ShardQueue;
  queue: RemediationQueue;
}

export interface ChangePorts extends RecordPorts {
  whitelist: WhitelistStore;
  attributions: AttributionStore;
  locks: LockStore;
  lines: LineStore;
  firewall: Firewall;
  protection: Protection;
  killSwitch: KillSwitch;
  shards: ShardQueue;
  queue: RemediationQueue;
  mode: Mode;
  /** What mode `auto` approves. */
  auto: readonly AutoPattern[];
  /** Whose approval counts. */
  deciders: DeciderPolicy;
  /** Most changes of one account within an hour. */
  changesPerHour: number;
  /** A change happens at most this long after its approval, milliseconds. */
  approvalTtlMs: number;
  /** A name nobody else uses, new at each call: the same holder could take a lock twice. */
  newHolder: () => string;
}
