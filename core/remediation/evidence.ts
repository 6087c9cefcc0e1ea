import type { ShardResult } from '../fingerprints/shard-result.ts';
import { PortSet } from '../net/port-set.ts';
import type { Instant } from '../time.ts';
import type { Evidence, Plan, PlanBody } from './plan.ts';

type Endpoint = PlanBody['neighbours'][number];

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
}

/** Failed probes at the end make it `unknown`; between others they do not count. */
export function standingOf(plan: Plan, endpoint: Endpoint): Standing {
  const states = plan.evidence
    .filter((seen) => isAt(seen, endpoint) && seen.at >= countsFrom(plan))
    .map(({ state }) => (state === 'closed' || state === 'filtered' ? 'shut' : state));
  const last = states.at(-1) ?? 'unknown';
  if (last === 'unknown') return { state: 'unknown', times: 0 };
  const known = states.filter((state) => state !== 'unknown');
  const other = known.findLastIndex((state) => state !== last);
  return { state: last, times: known.length - 1 - other };
}

/** Only a complete result shows that a port does not answer. */
function seenIn(result: ShardResult, { address, port }: Endpoint): Evidence | null {
  const seen = result.results.find((candidate) => candidate.address === address);
  if (seen === undefined || !PortSet.parse(seen.covered).has(port)) return null;
  const at = seen.startedAt;
  if (seen.open.some((open) => open.port === port)) return { address, port, state: 'open', at };
  if (result.status !== 'complete' || PortSet.parse(seen.unknown).has(port)) {
    return { address, port, state: 'unknown', at };
  }
  return { address, port, state: PortSet.parse(seen.closed).has(port) ? 'closed' : 'filtered', at };
}

function endpointsOf(body: PlanBody): Endpoint[] {
  return [{ address: body.address, port: body.port }, ...body.neighbours];
}

function isAt(evidence: Endpoint, { address, port }: Endpoint): boolean {
  return evidence.address === address && evidence.port === port;
}

function byTime(a: Evidence, b: Evidence): number {
  return a.at === b.at ? 0 : a.at < b.at ? -1 : 1;
}
