import type { ShardResult } from '../fingerprints/shard-result.ts';
import { PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';
import type { Instant } from '../time.ts';
import type { Evidence, Plan, PlanBody } from './plan.ts';

/** Without a protocol: of TCP. */
interface Endpoint {
  readonly address: string;
  readonly port: number;
  readonly protocol?: Protocol | undefined;
}

/** Probes kept for each port: enough to tell "twice" and "three times" from once. */
const KEPT = 5;

/** When evidence starts to count: a probe that began earlier saw the firewall before the change. */
export function countsFrom({ appliedAt, createdAt }: Plan): Instant {
  return appliedAt ?? createdAt;
}

/** The plan with what a verification result says about its ports; the same result twice adds nothing. */
export function withEvidence(plan: Plan, result: ShardResult): Plan {
  let evidence = plan.evidence;
  for (const endpoint of endpointsOf(plan.body)) {
    const seen = seenIn(result, endpoint);
    if (seen === null || seen.at < countsFrom(plan)) continue;
    if (evidence.some((other) => isAt(other, endpoint) && other.at === seen.at)) continue;
    const here = [...evidence.filter((other) => isAt(other, endpoint)), seen].sort(byTime).slice(-KEPT);
    evidence = [...evidence.filter((other) => !isAt(other, endpoint)), ...here];
  }
  return evidence === plan.evidence ? plan : { ...plan, evidence: [...evidence].sort(byTime) };
}

/** How a port stands: its last state that was observed, how often in a row, and whether the newest probe failed on our side. */
export interface Standing {
  state: 'open' | 'shut' | 'unknown';
  times: number;
  /** Shut by silence alone. */
  silent: boolean;
}

/** Failed probes at the end make it `unknown`; between others they do not count. */
export function standingOf(plan: Plan, endpoint: Endpoint): Standing {
  const all = plan.evidence
    .filter((seen) => isAt(seen, endpoint) && seen.at >= countsFrom(plan))
    .map(({ state }) => state);
  const last = meaningOf(all.at(-1) ?? 'unknown');
  if (last === 'unknown') return { state: 'unknown', times: 0, silent: false };
  const known = all.filter((state) => state !== 'unknown');
  const same = known.slice(known.findLastIndex((state) => meaningOf(state) !== last) + 1);
  return { state: last, times: same.length, silent: last === 'shut' && !same.includes('closed') };
}

function meaningOf(state: Evidence['state']): Standing['state'] {
  return state === 'closed' || state === 'filtered' ? 'shut' : state;
}

/** Only a complete result shows that a port does not answer. */
function seenIn(result: ShardResult, endpoint: Endpoint): Evidence | null {
  const { port } = endpoint;
  const seen = result.results.find((candidate) => isOf(candidate, endpoint));
  if (seen === undefined || !PortSet.parse(seen.covered).has(port)) return null;
  const where = {
    address: endpoint.address,
    port,
    ...(endpoint.protocol === 'udp' ? { protocol: 'udp' as const } : {}),
  };
  const at = seen.startedAt;
  if (seen.open.some((open) => open.port === port)) return { ...where, state: 'open', at };
  if (result.status !== 'complete' || PortSet.parse(seen.unknown).has(port)) {
    return { ...where, state: 'unknown', at };
  }
  return { ...where, state: PortSet.parse(seen.closed).has(port) ? 'closed' : 'filtered', at };
}

function endpointsOf(body: PlanBody): Endpoint[] {
  return [body, ...body.neighbours];
}

function isAt(evidence: Endpoint, endpoint: Endpoint): boolean {
  return evidence.port === endpoint.port && isOf(evidence, endpoint);
}

function isOf(seen: Pick<Endpoint, 'address' | 'protocol'>, { address, protocol = 'tcp' }: Endpoint): boolean {
  return seen.address === address && (seen.protocol ?? 'tcp') === protocol;
}

function byTime(a: Evidence, b: Evidence): number {
  return a.at === b.at ? 0 : a.at < b.at ? -1 : 1;
}
