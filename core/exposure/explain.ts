import type { Asset } from '../assets/asset.ts';
import { type Opener, openerOf } from '../attribution/opener.ts';
import { placeName } from '../cloud/place-name.ts';
import type { Fingerprint } from '../fingerprints/fingerprint.ts';
import type { Admission, Finding, Verdict } from '../findings/finding.ts';
import { endpoint } from '../net/address.ts';
import { PortSet } from '../net/port-set.ts';
import type { AttributionStore } from '../ports/attribution-store.ts';
import type { Firewall } from '../ports/firewall.ts';
import type { AssetStore, FingerprintStore, FindingStore, WhitelistStore } from '../ports/stores.ts';
import type { WhitelistEntry } from '../whitelist/entry.ts';
import { verdictOf } from './verdict.ts';

export interface ExplainPorts {
  assets: AssetStore;
  fingerprints: FingerprintStore;
  findings: FindingStore;
  whitelist: WhitelistStore;
  firewall: Pick<Firewall, 'admissions' | 'why'>;
  attributions: AttributionStore;
}

export interface PortExplanation {
  port: number;
  open: boolean;
  verdict: Verdict;
  admittedBy: Admission[];
  whitelistedBy: string | null;
  finding: Finding | null;
  /** Sentences, in the order of the reasoning. */
  why: string[];
}

export interface AddressExplanation {
  address: string;
  asset: Asset | null;
  ports: PortExplanation[];
}

/** Says of one port, or of every port known at the address, what is open, what admits it, who owns it and why the verdict is what it is. */
export async function explain(ports: ExplainPorts, address: string, port: number | null): Promise<AddressExplanation> {
  const [asset, fingerprints, all, entries] = await Promise.all([
    ports.assets.get(address),
    ports.fingerprints.getMany([address]),
    ports.findings.list(),
    ports.whitelist.list(),
  ]);
  const fingerprint = fingerprints.get(address);
  const findings = new Map(all.filter((finding) => finding.address === address).map((f) => [f.port, f]));
  const known = PortSet.parse(fingerprint?.open ?? '').union(PortSet.from(findings.keys()));
  const wanted = port === null ? [...known] : [port];
  const explained: PortExplanation[] = [];
  for (const each of wanted) {
    const [admittedBy, path] = await Promise.all([
      ports.firewall.admissions(address, each),
      ports.firewall.why(address, each),
    ]);
    const attributions = await ports.attributions.get(admittedBy.map(({ ruleId }) => ruleId));
    const opener = path.length === 0 ? null : openerOf(admittedBy, attributions);
    const finding = findings.get(each) ?? null;
    const entry = entries.find((candidate) => candidate.id === finding?.whitelistedBy) ?? null;
    explained.push(
      explainPort({ address, port: each, asset: asset ?? null, fingerprint, finding, entry, admittedBy, path, opener }),
    );
  }
  return { address, asset: asset ?? null, ports: explained };
}

interface Facts {
  address: string;
  port: number;
  asset: Asset | null;
  fingerprint: Fingerprint | undefined;
  finding: Finding | null;
  entry: WhitelistEntry | null;
  admittedBy: Admission[];
  /** What the firewall says of the way in, sentence by sentence. */
  path: string[];
  /** null where firewall rules have no authors. */
  opener: Opener | null;
}

function explainPort(facts: Facts): PortExplanation {
  const open = PortSet.parse(facts.fingerprint?.open ?? '').has(facts.port);
  const verdict = verdictOf(open, facts.admittedBy);
  return {
    port: facts.port,
    open,
    verdict,
    admittedBy: facts.admittedBy,
    whitelistedBy: facts.finding?.whitelistedBy ?? null,
    finding: facts.finding,
    why: [ownership(facts), observation(facts, open), admission(facts), permission(facts), conclusion(verdict)].flat(),
  };
}

function ownership({ address, asset }: Facts): string {
  if (!asset) return `${address} is not one of the watched addresses.`;
  const owner = asset.owner === null ? 'No owner is registered' : `${asset.owner} owns it`;
  const reach = asset.exposed ? '' : ' Nothing outside this machine can reach it.';
  const place = placeName(asset);
  return `${owner} (known from ${asset.source}${place === null ? '' : ` of ${place}`}).${reach}`;
}

function observation({ address, port, fingerprint }: Facts, open: boolean): string {
  const at = fingerprint?.observed.find((segment) => PortSet.parse(segment.ports).has(port))?.at;
  const where = endpoint(address, port);
  if (at === undefined) return `${where} was never looked at.`;
  const history = fingerprint?.history.find((entry) => entry.port === port);
  const pending = fingerprint?.pendingClosed.find((entry) => entry.port === port);
  if (pending) return `${where} was open and stopped answering at ${pending.since}: its closure is being confirmed.`;
  if (open) return `${where} answers: last seen open at ${at}${history ? `, open since ${history.changedAt}` : ''}.`;
  const closedBy = history?.closedBy === 'silence' ? 'it falls silent' : 'it refuses connections';
  return history ? `${where} is closed since ${history.changedAt}: ${closedBy}.` : `${where} was not open at ${at}.`;
}

function admission({ admittedBy, port, path, opener }: Facts): string[] {
  if (admittedBy.length === 0) return [...path, `No firewall rule that Portcullis reads lets port ${port} in.`];
  const rules = admittedBy.map((rule) => `${rule.ruleId} lets it in from ${rule.source} (breadth: ${rule.breadth}).`);
  return [...path, ...rules, ...(opener === null ? [] : [`Opened by: ${opener.text}.`])];
}

function permission({ finding, entry }: Facts): string[] {
  if (!finding) return [];
  const { class: portClass, severity, status, service } = finding;
  const named = service === null ? '' : ` (usually ${service})`;
  const judged = `It is a ${portClass.replaceAll('-', ' ')}${named}, severity ${severity}; the finding ${finding.id} is ${status}.`;
  if (!entry) return [judged];
  return [judged, `Whitelist entry ${entry.id} permits it until ${entry.expiresAt}: ${entry.reason}.`];
}

const CONCLUSIONS: Record<Verdict, string> = {
  confirmed: 'Verdict confirmed: it is open and a rule admits it.',
  unexplained: 'Verdict unexplained: it is open although no rule admits it.',
  latent: 'Verdict latent: a rule admits it and nothing listens.',
  clean: 'Verdict clean: nothing listens and no rule admits it.',
};

function conclusion(verdict: Verdict): string {
  return CONCLUSIONS[verdict];
}
