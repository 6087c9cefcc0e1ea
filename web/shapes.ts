import * as z from 'zod';
import { Approval } from '../core/approvals/approval.ts';
import { Asset } from '../core/assets/asset.ts';
import { Admission, Finding, FindingStatus, PortClass, Severity, Verdict } from '../core/findings/finding.ts';
import { Change } from '../core/fingerprints/change.ts';
import { Protocol } from '../core/net/protocol.ts';
import { ScannedAddress } from '../core/stages/scanned-address.ts';
import { EngineName } from '../core/scanning/engine-name.ts';
import { TaskRun } from '../core/planning/task-run.ts';
import { Plan } from '../core/remediation/plan.ts';
import { WidestSource, WhitelistEntry } from '../core/whitelist/entry.ts';

/** What the HTTP API says and hears, beyond the entities of core/. The OpenAPI document is made from these. */

const Instant = z.iso.datetime({ offset: false });
const Text = (max: number) => z.string().trim().min(1).max(max);

/** An approval as people and scripts see it: its plan with it, and `expired` as soon as it is too late. */
export const ApprovalJson = Approval.extend({ plan: Plan.nullable() });
export type ApprovalJson = z.infer<typeof ApprovalJson>;

/** An account and Region whose newest read failed; its last known addresses stay watched. */
const UnreadPlace = z.object({
  account: z.string(),
  region: z.string(),
  /** The first of the reads that have failed in a row. */
  since: z.string(),
  reason: z.string(),
});
export type UnreadPlace = z.infer<typeof UnreadPlace>;

/** What the process knows of itself, null where no one process serves; everything else on the status page comes from the stores. */
export const ProcessStatus = z.object({
  pid: z.number().int().nullable(),
  startedAt: z.string().nullable(),
  mode: z.enum(['observe', 'propose', 'approve', 'auto']),
  /** Targets as configured, or the addresses of this machine. */
  targets: z.array(z.string()),
  killSwitch: z.object({ on: z.boolean(), reason: z.string().nullable() }),
  /** Accounts that cannot be read; null where no one process reads them. */
  unread: z.array(UnreadPlace).nullable(),
  process: z.object({ cpuSeconds: z.number(), residentBytes: z.number() }).nullable(),
});
export type ProcessStatus = z.infer<typeof ProcessStatus>;

/** Accounts in which no change is made until a person resumes them. */
export const StoppedLine = z.object({ account: z.string(), since: z.string(), why: z.string() });
export type StoppedLine = z.infer<typeof StoppedLine>;

export const StatusJson = ProcessStatus.extend({
  stoppedLines: z.array(StoppedLine),
  now: z.string(),
  /** When the newest observation was taken in; null before the first. */
  dataAsOf: z.string().nullable(),
  counts: z.object({
    assets: z.number().int(),
    openPorts: z.number().int(),
    /** Findings with status open or closing. */
    openFindings: z.number().int(),
    /** The same by severity. */
    bySeverity: z.record(z.string(), z.number().int()),
    whitelisted: z.number().int(),
    pendingApprovals: z.number().int(),
    unfinishedRuns: z.number().int(),
  }),
});
export type StatusJson = z.infer<typeof StatusJson>;

/** A row of the task catalogue as configured here. */
export const TaskJson = z.object({
  id: z.string(),
  name: z.string(),
  label: z.string(),
  /** Port set text or list name. */
  ports: z.string(),
  /** Milliseconds between runs; null when it runs on an event. */
  everyMs: z.number().int().nullable(),
});
export type TaskJson = z.infer<typeof TaskJson>;

export const TasksJson = z.object({ catalogue: z.array(TaskJson), runs: z.array(TaskRun) });

export const ScanRequest = z.object({
  /** Addresses, CIDRs, ranges, host names, labels. */
  targets: z.array(Text(300)).min(1).max(10_000),
  /** `tcp` when absent. */
  protocol: Protocol.optional(),
  /** `22,80,8000-8100`, or list names; default: the high-risk list of the protocol. */
  ports: Text(10_000).optional(),
  /** Most probes a second. */
  rate: z.number().int().min(1).max(10_000_000).optional(),
  /** Most probes a second to one address. */
  ratePerAddress: z.number().int().min(10).max(10_000_000).optional(),
  /** That engine or none. Default: the best that works. */
  engine: EngineName.optional(),
  /** Allow more than 65,536 addresses. */
  yesLarge: z.boolean().optional(),
});
export type ScanRequest = z.infer<typeof ScanRequest>;

/** A confirmed open port of a scan, with what it means. */
const ScannedPort = z.object({
  port: z.number().int(),
  protocol: Protocol,
  /** How it was confirmed: TCP by a finished handshake, UDP by a second answer. */
  reason: z.enum(['connected', 'answered']),
  service: z.string().nullable(),
  class: PortClass,
  severity: Severity,
  /** null while it is not judged yet, or when the address is not ours. */
  findingId: z.string().nullable(),
  status: FindingStatus.nullable(),
});

export const ScanJson = z.object({
  run: TaskRun,
  done: z.boolean(),
  /** About how many of the run's probes are done, those of shards that could not be scanned among them. */
  probed: z.number().int().nonnegative(),
  /** What is open now, ports ascending; an address without an open port has an empty list. */
  addresses: z.array(z.object({ address: z.string(), open: z.array(ScannedPort) })),
  /** What answered once and is not confirmed: nothing is concluded from it, and nobody told. Final once the scan is done. */
  unconfirmed: z.array(z.object({ address: z.string(), ports: z.string() })),
  /** Why it cannot be confirmed now; null: no answer proved it, or it is still looked at. */
  whyUnconfirmed: z.string().nullable(),
  changes: z.array(Change),
  findings: z.array(Finding),
});
export type ScanJson = z.infer<typeof ScanJson>;

/** A line of `scan --json`: what is known to be open at an address, and how far the scan that says so can be believed. */
export const ScanLine = ScanJson.shape.addresses.element.extend({
  /** The whole scan, the same in every line. */
  scan: z.object({
    id: z.string(),
    /** Every port of every address was looked at, and its state found out. */
    complete: z.boolean(),
    shards: z.number().int(),
    /** Shards that could not be scanned in full. */
    incomplete: z.number().int().nonnegative(),
    /** address x port pairs that were probed, and whose state could not be found out. */
    unknown: z.number().int().nonnegative(),
    /** Why it is not complete, and what else must be known about it. At most five; `tasks --json` has more. */
    reasons: z.array(z.string()),
    /** Engine -> shards that it scanned; `none`: the engine that was asked for could not. */
    engines: z.record(z.string(), z.number().int().nonnegative()),
    /** Part of the answers (0 to 1) that was lost, and open ports that are expected to have been missed; null: nothing measured it. */
    loss: z.number().nullable(),
    missedOpen: z.number().nullable(),
  }),
});
export type ScanLine = z.infer<typeof ScanLine>;

export const Explanation = z.object({
  address: z.string(),
  asset: Asset.nullable(),
  ports: z.array(
    z.object({
      protocol: Protocol,
      port: z.number().int(),
      open: z.boolean(),
      verdict: Verdict,
      admittedBy: z.array(Admission),
      whitelistedBy: z.string().nullable(),
      finding: Finding.nullable(),
      /** Sentences, in the order of the reasoning. */
      why: z.array(z.string()),
    }),
  ),
});
export type Explanation = z.infer<typeof Explanation>;

const Actor = Text(200).default('api').describe('Who acts, for the record. Not used where callers sign their requests');

export const WhitelistRequest = z.object({
  /** Address or CIDR. */
  target: Text(100),
  /** Port set text. */
  ports: Text(1_000),
  protocol: z.enum(['tcp', 'udp', 'any']).default('tcp'),
  widestSource: WidestSource.default('internet'),
  reason: Text(500),
  owner: Text(200).nullable().default(null),
  expiresAt: Instant,
  by: Actor,
});
export type WhitelistRequest = z.infer<typeof WhitelistRequest>;
export const WhitelistAction = z.enum(['approve', 'reject', 'remove']);
export type WhitelistAction = z.infer<typeof WhitelistAction>;
export const WhitelistJson = WhitelistEntry;

/** Who acts through the API, and why, for the audit. */
export const By = z.object({ by: Actor, reason: Text(500).nullable().default(null) });
export type By = z.infer<typeof By>;

/** `allProtocols`: a firewall rule for every protocol may be split, which ends the protocols that cannot be listed one by one. */
export const ProposeRequest = By.extend({ allProtocols: z.boolean().default(false) });

/** In which account changes may be made again; `local` is this host. */
export const ResumeRequest = By.extend({ account: Text(100) });
export const ResumedJson = z.object({ account: z.string() });

/** `already`: it had been decided before; the approval says by whom and when. */
export const DecisionJson = z.object({ kind: z.enum(['decided', 'already']), approval: ApprovalJson });

/** `url` is the first of `links`. */
export const LinksJson = z.object({
  url: z.string(),
  links: z.array(z.object({ approver: z.string(), url: z.string() })).min(1),
});

export const ProposalJson = z.object({ plan: Plan, approval: ApprovalJson });

export const ImportRequest = z.object({ format: z.literal('ports'), text: z.string().min(1) });
export const ImportReport = z.object({
  addresses: z.number().int(),
  ports: z.number().int(),
  /** What was not taken, and why; absent when all was. */
  refused: z.array(z.object({ address: z.string(), reason: z.string() })).optional(),
});
export type ImportReport = z.infer<typeof ImportReport>;

/** What another scanner saw; `scanner` is its name and version. */
export const ImportScanRequest = z.object({
  scanner: z.string().regex(/^[a-z][\w .+-]{0,39}$/i, { error: 'a name such as "nmap 7.93" is needed' }),
  addresses: z.array(ScannedAddress).min(1).max(65_536),
});
export type ImportScanRequest = z.infer<typeof ImportScanRequest>;

/** What `import --json` says of another scanner's file. */
export const ImportSummary = z.object({
  format: z.string(),
  /** Name and version, as the file has them. */
  scanner: z.string(),
  addresses: z.number().int(),
  /** Open ports. */
  ports: z.number().int(),
  /** Ports that were seen not open. */
  notOpen: z.number().int(),
  /** The first thousand. */
  refused: z.array(z.object({ address: z.string(), reason: z.string() })),
  /** Results of addresses that were refused beyond those. */
  moreRefused: z.number().int(),
  /** Ports that say nothing about an open TCP port, by what they are: `udp`, `closed` ... */
  leftOut: z.record(z.string(), z.number().int()),
  /** The line at which a file that was cut stops; null when it is whole. */
  endedEarly: z.number().int().nullable(),
});
export type ImportSummary = z.infer<typeof ImportSummary>;

export const ExportFormat = z.enum(['json', 'csv', 'ocsf', 'asff']);
export type ExportFormat = z.infer<typeof ExportFormat>;

export const ErrorJson = z.object({ error: z.object({ code: z.string(), message: z.string() }) });
