import type { Asset } from '../assets/asset.ts';
import { type Opener, openerOf } from '../attribution/opener.ts';
import { placeName } from '../cloud/place-name.ts';
import { askedPort } from '../fingerprints/canary-ports.ts';
import type { Fingerprint } from '../fingerprints/fingerprint.ts';
import type { Admission, Finding, Verdict } from '../findings/finding.ts';
import { endpoint } from '../net/address.ts';
import { EVERY_PORT } from '../net/every-port.ts';
import { PortSet } from '../net/port-set.ts';
import { Protocol } from '../net/protocol.ts';
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
  protocol: Protocol;
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

/** Says of one port, or of every port known at the address (TCP, then UDP), what is open, what admits it, who owns it and why the verdict is what it is. */
export async function explain(
  ports: ExplainPorts,
  address: string,
  port: number | null,
  protocol: Protocol = 'tcp',
): Promise<AddressExplanation> {
  const [asset, tcp, udp, all, entries] = await Promise.all([
    ports.assets.get(address),
    ports.fingerprints.getMany([address]),
    ports.fingerprints.getMany([address], 'udp'),
    ports.findings.list(),
    ports.whitelist.list(),
  ]);
  const fingerprints = { tcp: tcp.get(address), udp: udp.get(address) };
  const here = all.filter((finding) => finding.address === address);
  const knownOf = (of: Protocol) =>
    PortSet.parse(fingerprints[of]?.open ?? '').union(
      PortSet.from(here.filter((finding) => finding.protocol === of).map((finding) => finding.port)),
    );
  const wanted =
    port === null
      ? Protocol.options.flatMap((of) => [...knownOf(of)].map((each) => ({ protocol: of, port: each })))
      : [{ protocol, port }];
  const explained: PortExplanation[] = [];
  for (const each of wanted) {
    const [admittedBy, path] = await Promise.all([
      ports.firewall.admissions(address, askedPort(address, each.port), each.protocol),
      ports.firewall.why(address, askedPort(address, each.port), each.protocol),
    ]);
    const attributions = await ports.attributions.get(admittedBy.map(({ ruleId }) => ruleId));
    const opener = path.length === 0 ? null : openerOf(admittedBy, attributions);
    const finding = here.find((one) => one.protocol === each.protocol && one.port === each.port) ?? null;
    const fingerprint = fingerprints[each.protocol];
    const entry = entries.find((candidate) => candidate.id === finding?.whitelistedBy) ?? null;
    explained.push(
      explainPort({ address, ...each, asset: asset ?? null, fingerprint, finding, entry, admittedBy, path, opener }),
    );
  }
  return { address, asset: asset ?? null, ports: explained };
}

interface Facts {
  address: string;
  protocol: Protocol;
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
    protocol: facts.protocol,
    port: facts.port,
    open,
    verdict,
    admittedBy: facts.admittedBy,
    whitelistedBy: facts.finding?.whitelistedBy ?? null,
    finding: facts.finding,
    why: [
      ownership(facts),
      observation(facts, open),
      admission(facts),
      permission(facts),
      conclusion(verdict, hidden(facts, open)),
    ].flat(),
  };
}

function ownership({ address, asset }: Facts): string {
  if (!asset) return `${address} is not one of the watched addresses.`;
  const owner = asset.owner === null ? 'No owner is registered' : `${asset.owner} owns it`;
  const reach = asset.exposed ? '' : ' Nothing outside this machine can reach it.';
  const place = placeName(asset);
  return `${owner} (known from ${asset.source}${place === null ? '' : ` of ${place}`}).${reach}`;
}

function observation({ address, protocol, port, fingerprint }: Facts, open: boolean): string {
  const at = fingerprint?.observed.find((segment) => PortSet.parse(segment.ports).has(port))?.at;
  const where = endpoint(address, port, protocol);
  if (hidden({ port, fingerprint }, open)) {
    return `${address} answers on every port: whether something listens at ${where} cannot be told.`;
  }
  if (at === undefined) return `${where} was never looked at.`;
  const history = fingerprint?.history.find((entry) => entry.port === port);
  const pending = fingerprint?.pendingClosed.find((entry) => entry.port === port);
  if (pending) return `${where} was open and stopped answering at ${pending.since}: its closure is being confirmed.`;
  if (open) {
    const since = history?.changedAt ?? at;
    return `${where} answers: last seen open at ${since > at ? since : at}, open since ${since}.`;
  }
  const closedBy =
    history?.closedBy === 'silence'
      ? 'it falls silent'
      : protocol === 'tcp'
        ? 'it refuses connections'
        : 'it answers that the port is unreachable';
  return history ? `${where} is closed since ${history.changedAt}: ${closedBy}.` : `${where} was not open at ${at}.`;
}

/** Behind an address that answers on every port nobody can tell what one of them is. */
function hidden({ port, fingerprint }: Pick<Facts, 'port' | 'fingerprint'>, open: boolean): boolean {
  return !open && port !== EVERY_PORT && PortSet.parse(fingerprint?.open ?? '').has(EVERY_PORT);
}

function admission({ admittedBy, protocol, port, path, opener }: Facts): string[] {
  const what = port === EVERY_PORT ? 'every port' : `${protocol === 'tcp' ? '' : 'UDP '}port ${port}`;
  if (admittedBy.length === 0) return [...path, `No firewall rule that Portcullis reads lets ${what} in.`];
  const rules = admittedBy.map((rule) => `${rule.ruleId} lets it in from ${rule.source} (breadth: ${rule.breadth}).`);
  return [...path, ...rules, ...(opener === null ? [] : [`Opened by: ${opener.text}.`])];
}

function permission({ port, finding, entry }: Facts): string[] {
  if (!finding) return [];
  const { class: portClass, severity, status, service } = finding;
  const named = service === null || port === EVERY_PORT ? '' : ` (usually ${service})`;
  const what = port === EVERY_PORT ? 'It counts as a' : 'It is a';
  const judged = `${what} ${portClass.replaceAll('-', ' ')}${named}, severity ${severity}; the finding ${finding.id} is ${status}.`;
  if (!entry) return [judged];
  return [judged, `Whitelist entry ${entry.id} permits it until ${entry.expiresAt}: ${entry.reason}.`];
}

const CONCLUSIONS: Record<Verdict, string> = {
  confirmed: 'Verdict confirmed: it is open and a rule admits it.',
  unexplained: 'Verdict unexplained: it is open although no rule admits it.',
  latent: 'Verdict latent: a rule admits it and nothing answers.',
  clean: 'Verdict clean: nothing answers and no rule admits it.',
};

function conclusion(verdict: Verdict, isHidden: boolean): string {
  if (!isHidden) return CONCLUSIONS[verdict];
  return `Verdict ${verdict}: ${verdict === 'latent' ? 'a rule' : 'no rule'} admits it, and every port of the address answers.`;
}
