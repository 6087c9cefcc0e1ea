import type { DraftOptions } from '../core/ports/firewall.ts';
import type { Protocol } from '../core/net/protocol.ts';
import type { Approval } from '../core/approvals/approval.ts';
import type { LinkDecision } from '../core/approvals/decide.ts';
import type { DecideEvidence } from '../core/approvals/evidence.ts';
import type { ApprovalLink } from '../core/approvals/links.ts';
import type { LinkView } from '../core/approvals/view.ts';
import type { AdmittedStore } from '../core/ports/admitted-store.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Identity } from '../core/ports/identity-provider.ts';
import type { LegSummary } from '../core/ports/metrics.ts';
import type { LineStore } from '../core/ports/line-store.ts';
import type {
  ApprovalStore,
  AssetStore,
  AuditLog,
  ChangeLog,
  Decision,
  FindingStore,
  FingerprintStore,
  PlanStore,
  TaskRunStore,
  WhitelistStore,
} from '../core/ports/stores.ts';
import type { ScanImportReport } from '../core/stages/scanned-address.ts';
import type { TaskRun } from '../core/planning/task-run.ts';
import type { Plan } from '../core/remediation/plan.ts';
import type { WhitelistEntry } from '../core/whitelist/entry.ts';
import type { SignIn } from './sign-in.ts';
import type {
  Explanation,
  ImportReport,
  ImportScanRequest,
  ProcessStatus,
  ScanJson,
  ScanRequest,
  TaskJson,
  WhitelistAction,
  WhitelistRequest,
} from './shapes.ts';

/** Reading only: the HTTP layer cannot write through these. */
export interface Reads {
  findings: Pick<FindingStore, 'get' | 'list'>;
  changes: Pick<ChangeLog, 'list'>;
  fingerprints: Pick<FingerprintStore, 'list'>;
  assets: Pick<AssetStore, 'list'>;
  admitted: Pick<AdmittedStore, 'list'>;
  runs: Pick<TaskRunStore, 'list'>;
  audit: Pick<AuditLog, 'list'>;
  whitelist: Pick<WhitelistStore, 'list'>;
  plans: Pick<PlanStore, 'get' | 'list'>;
  approvals: Pick<ApprovalStore, 'get' | 'list'>;
  lines: Pick<LineStore, 'list'>;
}

/** What the page and the lists show, as it is stored and configured. */
export interface Views {
  readonly clock: Clock;
  readonly read: Reads;
  status(): Promise<ProcessStatus>;
  /** How long the steps after a change take; absent where nobody measures. */
  latencies?: (() => readonly LegSummary[]) | undefined;
  catalogue(): Promise<TaskJson[]>;
}

/** What works something out or changes something. */
export interface UseCases {
  /** @throws BadInput for targets or ports that cannot be used, Refused while the kill switch is on. */
  scanNow(request: ScanRequest): Promise<TaskRun>;
  /** @throws NotFound */
  scanStatus(runId: string): Promise<ScanJson>;
  /** Ends a scan; its shards that are left are not scanned. One that has ended stays as it is. @throws NotFound */
  stopScan(runId: string, actor: string): Promise<TaskRun>;
  /** Every port known at the address when `port` is null. `protocol`: of the port, TCP when absent. @throws BadInput */
  explain(address: string, port: number | null, protocol?: Protocol): Promise<Explanation>;
  requestWhitelist(request: WhitelistRequest): Promise<WhitelistEntry>;
  /** @throws NotFound, Refused when the entry is not in a state this can follow. */
  actOnWhitelist(id: string, action: WhitelistAction, actor: string): Promise<WhitelistEntry>;
  /** The finding's plan and pending approval, made now if there is none. @throws NotFound, Refused */
  propose(findingId: string, actor: string, options: DraftOptions): Promise<{ plan: Plan; approval: Approval }>;
  /** @throws NotFound, Refused */
  decide(approvalId: string, decision: 'approved' | 'denied', actor: string, reason: string | null): Promise<Decision>;
  /** Starts putting the closed port back. @throws NotFound, Refused */
  rollback(planId: string, actor: string): Promise<Plan>;
  /** Lets changes in an account be made again after its line stopped. @throws NotFound, Refused when it is not stopped. */
  resume(account: string, actor: string, reason: string | null): Promise<void>;
  /** Text of lines `address:port,port`. @throws BadInput naming the line. */
  importPorts(text: string): Promise<ImportReport>;
  /** What another scanner saw. Addresses that cannot be taken are named in the report. */
  importScan(scan: ImportScanRequest): Promise<ScanImportReport>;
}

/**
 * What page and API need of the rest. Errors are those of core/errors.ts: BadInput, NotFound, VersionConflict, Refused; anything else becomes
 * an answer 500 that tells the caller nothing.
 */
export interface ApiServices extends Views, UseCases {}

/** Approval links: making them, showing what they are about, deciding by them. Whoever has this can sign or check them. */
export interface LinkServices {
  /** The signed links, one for each approver, as absolute URLs. @throws NotFound, Refused when nothing is left to decide. */
  linksFor(approvalId: string): Promise<[ApprovalLink, ...ApprovalLink[]]>;
  /** null: nobody signs in. */
  readonly signIn: SignIn | null;
  /** null for every token that is not good, whatever is wrong with it. */
  viewByToken(token: string, identity: Identity | null): Promise<LinkView | null>;
  decideByToken(
    token: string,
    decision: 'approved' | 'denied',
    evidence: DecideEvidence,
    identity: Identity | null,
  ): Promise<LinkDecision | null>;
}

/** Everything that is served where one process serves it all. */
export interface Services extends ApiServices, LinkServices {}
