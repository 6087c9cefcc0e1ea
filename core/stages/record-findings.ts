import type { Asset } from '../assets/asset.ts';
import { openerOf } from '../attribution/opener.ts';
import { widestOf } from '../exposure/breadth.ts';
import { askedPort } from '../fingerprints/canary-ports.ts';
import type { Change } from '../fingerprints/change.ts';
import { type Admission, awaitingPlan, type Finding, findingIdOf } from '../findings/finding.ts';
import { judge, settle } from '../findings/judge.ts';
import { endpoint } from '../net/address.ts';
import type { AttributionStore } from '../ports/attribution-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { Firewall } from '../ports/firewall.ts';
import type { Log } from '../ports/log.ts';
import type { AssetStore, FindingStore, WhitelistStore } from '../ports/stores.ts';
import { updateStored } from '../update-stored.ts';
import { matchPort } from '../whitelist/match-port.ts';
import { compileWhitelist, type Whitelist } from '../whitelist/matcher.ts';

export interface RecordFindingsPorts {
  clock: Clock;
  log: Log;
  assets: AssetStore;
  findings: FindingStore;
  whitelist: WhitelistStore;
  firewall: Pick<Firewall, 'admissions'>;
  attributions: AttributionStore;
  /** People are told of it together with its plan, which is made after it is stored. */
  awaitsPlan: (finding: Finding) => boolean;
}

/**
 * Judges changes and stores the findings they lead to; resolves to the findings as stored.
 * What it reads once per batch (assets, whitelist) is read when first needed. An unreadable whitelist or firewall throws: the batch is
 * tried again, nobody is told anything on half the facts.
 */
export function makeRecordFindings(ports: RecordFindingsPorts): (changes: readonly Change[]) => Promise<Finding[]> {
  let whitelist: Promise<Whitelist> | undefined;
  const assets = new Map<string, Promise<Asset | undefined>>();

  function assetOf(address: string): Promise<Asset | undefined> {
    const asset = assets.get(address) ?? ports.assets.get(address);
    assets.set(address, asset);
    return asset;
  }

  return async function recordFindings(changes) {
    const stored = new Map<string, Finding>();
    for (const change of changes) {
      const asset = await assetOf(change.address);
      if (!asset) {
        // The address was released between the scan and now: it may belong to a stranger.
        ports.log.warn('a change at an address that is no longer ours is not judged', { address: change.address });
        continue;
      }
      const id = findingIdOf(asset.account, asset.region, change.address, change.protocol, change.port);
      const existing = stored.get(id) ?? (await ports.findings.get(id));
      whitelist ??= ports.whitelist.list().then(compileWhitelist);
      const admissions = await ports.firewall.admissions(
        change.address,
        askedPort(change.address, change.port),
        change.protocol,
        change.at,
      );
      const now = ports.clock.now();
      const whitelistMatch = matchOf(await whitelist, change, admissions, now);
      const openedBy = await openedByOf(ports.attributions, admissions);
      const judged = judge(existing, change, { asset, admissions, openedBy, whitelistMatch, now });
      const finding =
        judged !== existing && judged.planId === null && ports.awaitsPlan(judged) ? awaitingPlan(judged) : judged;
      stored.set(id, finding === existing ? finding : await ports.findings.save(finding));
    }
    for (const [id, finding] of stored) {
      if (!isLatent(finding)) continue;
      const settled = await lookAgain(ports, finding);
      if (settled !== undefined) stored.set(id, settled);
    }
    return [...stored.values()];
  };
}

function isLatent({ verdict, status }: Finding): boolean {
  return verdict === 'latent' && status !== 'closed';
}

/**
 * Reads the rules once more after the finding is stored as waiting for them to go. Whoever takes note of a rule's end looks for such findings
 * then: of the two, the later one sees what the other did.
 */
async function lookAgain(
  ports: RecordFindingsPorts,
  { id, address, port, protocol }: Finding,
): Promise<Finding | undefined> {
  const now = ports.clock.now();
  const admissions = await ports.firewall.admissions(address, askedPort(address, port), protocol, now);
  if (admissions.length > 0) return undefined;
  const why = `${endpoint(address, port, protocol)} is silent, and no rule lets it in any more.`;
  return updateStored(ports.findings, id, (current) => settle(current, why, now));
}

async function openedByOf(attributions: AttributionStore, admissions: readonly Admission[]): Promise<string | null> {
  if (admissions.length === 0) return null;
  const opener = openerOf(admissions, await attributions.get(admissions.map(({ ruleId }) => ruleId)));
  return opener.by === null ? null : opener.text;
}

function matchOf(whitelist: Whitelist, change: Change, admissions: readonly Admission[], now: string) {
  const { address, protocol, port } = change;
  return matchPort(whitelist, { address, protocol, port }, widestOf(address, admissions), now);
}
