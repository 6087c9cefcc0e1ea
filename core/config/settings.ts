import type { Asset } from '../assets/asset.ts';
import type { Approver, SignInSettings } from './approver-schema.ts';
import type { AutoPattern, ChangeLimits } from './auto-schema.ts';
import type { AwsSettings } from './aws-schema.ts';

/**
 * What Portcullis may do by itself. `observe` tells; `propose` also plans and verifies, a person runs the commands; `approve` changes after
 * an approval; `auto` approves what the owner's patterns name, and is `approve` for the rest.
 */
export type Mode = 'observe' | 'propose' | 'approve' | 'auto';

/** Does Portcullis itself change firewalls in this mode, once a change is approved? */
export function makesChanges(mode: Mode): boolean {
  return mode === 'approve' || mode === 'auto';
}

export interface OwnerRule {
  /** Address, CIDR or range text. */
  match: string;
  owner: string;
  email: string | null;
}

/** The configuration after reading, validation and defaults: what the rest of the program works with. */
export interface Settings {
  /** Target texts as written; empty means the inventory with `aws`, else this machine's own addresses. */
  targets: readonly string[];
  /** Addresses, CIDRs, ranges, `address:port` or `address:ports` texts; exclusion always wins. */
  exclude: readonly string[];
  /** Port set text for every sweep of TCP; null: the catalogue's own lists. */
  ports: string | null;
  /** The same for UDP; empty: UDP is not looked at. */
  udpPorts: string | null;
  /** Shortest repeat of the high-risk task, milliseconds. */
  cadenceMs: number;
  /** Probes a second, all tasks together. */
  rate: number;
  /** Probes a second to any one address that is not this machine's own, of all scanners together. */
  ratePerAddress: number;
  mode: Mode;
  /** What mode `auto` approves; at least one in that mode. */
  auto: readonly AutoPattern[];
  limits: ChangeLimits;
  listen: { host: string; port: number };
  owners: readonly OwnerRule[];
  /** `address:port`, address or port texts that must never be closed. */
  protect: readonly string[];
  /** How long an alert waits for others of its group, milliseconds. */
  alertWindowMs: number;
  /** How long an approval stays open, milliseconds; at most 72 hours. */
  approvalTtlMs: number;
  /** Who may decide; empty: whoever holds the link. */
  approvers: readonly Approver[];
  /** null: nobody has to sign in. */
  signIn: SignInSettings | null;
  /** Allow more than 65,536 addresses in all. */
  yesLarge: boolean;
  /** null: no account of AWS is read. */
  aws: AwsSettings | null;
}

/** Where an asset's identity comes from when nothing better is known: one machine has no account. */
export const LOCAL_ACCOUNT: Pick<Asset, 'account' | 'region'> = { account: 'local', region: 'local' };
