import type { Asset } from '../assets/asset.ts';
import { alertGroupOf, type Finding, findingIdOf } from '../findings/finding.ts';
import { endReleased, settle } from '../findings/judge.ts';
import type { Fingerprint } from '../fingerprints/fingerprint.ts';
import { endpoint } from '../net/address.ts';
import { PortSet } from '../net/port-set.ts';
import { Protocol } from '../net/protocol.ts';
import type { Clock } from '../ports/clock.ts';
import type { AlertQueue } from '../ports/queues.ts';
import type { AssetStore, FingerprintStore, FindingStore } from '../ports/stores.ts';
import { updateStored } from '../update-stored.ts';
import { eachLimited } from './each-limited.ts';
import type { Work } from './probe-change.ts';

export interface EndFindingsPorts {
  clock: Clock;
  assets: AssetStore;
  fingerprints: FingerprintStore;
  findings: FindingStore;
  alerts: AlertQueue;
}

/** Addresses looked at at the same time. */
const CONCURRENCY = 16;

/** Ends what waited for its rule to go: findings of silent ports at `shut`, which no rule lets in any more. Repeating it is harmless. */
export async function settleLatent(ports: EndFindingsPorts, shut: Work, protocol: Protocol): Promise<void> {
  const known = await ports.fingerprints.getMany([...shut.keys()], protocol);
  await eachLimited([...shut], CONCURRENCY, async ([address, gone]) => {
    const silent = everOpen(known.get(address), ({ closedBy }) => closedBy !== null).intersect(gone);
    if (silent.isEmpty) return;
    const asset = await ports.assets.get(address);
    if (asset === undefined) return;
    await endEach(ports, asset, protocol, silent, (finding) =>
      settle(
        finding,
        `${endpoint(finding.address, finding.port, finding.protocol)} had fallen silent, and now no rule lets it in.`,
        ports.clock.now(),
      ),
    );
  });
}

/** Ends every finding at addresses that left: whoever has them now is a stranger. `left`: the assets as they were. Repeating it is harmless. */
export async function endFindingsOf(ports: EndFindingsPorts, left: readonly Asset[]): Promise<void> {
  for (const protocol of Protocol.options) await endAll(ports, left, protocol);
}

async function endAll(ports: EndFindingsPorts, left: readonly Asset[], protocol: Protocol): Promise<void> {
  const known = await ports.fingerprints.getMany(
    left.map(({ address }) => address),
    protocol,
  );
  await eachLimited(left, CONCURRENCY, async (asset) => {
    const { account, region, address } = asset;
    const why = `${address} does not belong to account ${account} in ${region} any more.`;
    const all = everOpen(known.get(address), () => true);
    await endEach(ports, asset, protocol, all, (finding) => endReleased(finding, why, ports.clock.now()));
  });
}

/** Only what was open once can have a finding. */
function everOpen(
  fingerprint: Fingerprint | undefined,
  wanted: (entry: Fingerprint['history'][number]) => boolean,
): PortSet {
  return PortSet.from((fingerprint?.history ?? []).filter(wanted).map(({ port }) => port));
}

async function endEach(
  ports: EndFindingsPorts,
  { account, region, address }: Asset,
  protocol: Protocol,
  all: PortSet,
  change: (finding: Finding) => Finding,
): Promise<void> {
  const groups = new Set<string>();
  const ids = [...all].map((port) => findingIdOf(account, region, address, protocol, port));
  for (const [id, stored] of await ports.findings.getMany(ids)) {
    if (change(stored) === stored) continue;
    const ended = await updateStored(ports.findings, id, change);
    if (ended !== undefined && ended.untold.length > 0) groups.add(alertGroupOf(ended));
  }
  for (const group of groups) await ports.alerts.send({ group }, { delaySeconds: 0 });
}
