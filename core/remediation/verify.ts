import { Poison, VersionConflict } from '../errors.ts';
import { idOf } from '../identity.ts';
import { endpoint } from '../net/address.ts';
import type { Protocol } from '../net/protocol.ts';
import type { ShardResult } from '../fingerprints/shard-result.ts';
import { type ChangeLine, countFailure, stoppedSentence } from './change-line.ts';
import type { VerifyPorts } from './change-ports.ts';
import { standingOf, withEvidence } from './evidence.ts';
import { neighbourExcused } from './neighbour-excused.ts';
import type { Plan } from './plan.ts';
import { PORTCULLIS, tell, writeAudit } from './record.ts';
import { recordVerified } from './record-verified.ts';
import { MAX_VERIFICATIONS, RETRY_SECONDS, sendVerification } from './verification-shards.ts';

/** Looks at a port that should be closed before the change is called a failure. */
const TARGET_TRIES = 3;
/** Looks at a neighbour that should be open before it is called lost. */
const NEIGHBOUR_TRIES = 2;
/** Results in which a UDP port keeps silent before it counts as closed: one may be a lost datagram, and what was open answered before. */
const UDP_SILENCES = 2;
/** The same for a neighbour that is to be called lost. */
const UDP_NEIGHBOUR_SILENCES = 4;
/** Several addresses of one plan are verified at once, and each result is one write to it. */
const CONFLICT_TRIES = 8;

/**
 * Takes the result of a shard with purpose `verify`. Results may come in any order and more than once.
 * All ports of the plan seen as they should be: the plan is verified and its finding closed. The port still open, or a neighbour lost:
 * the rollback is asked for and people are told. Anything else: that address is looked at again, a bounded number of times.
 * @throws Poison for a result that names no plan; whatever a store or a queue threw.
 */
export async function recordVerification(ports: VerifyPorts, result: ShardResult): Promise<void> {
  const { planId, shardId } = result.shard;
  for (let attempt = 1; ; attempt += 1) {
    const stored = planId === null ? undefined : await ports.plans.get(planId);
    if (stored === undefined) throw new Poison(`Verification ${shardId} names plan ${planId}, which does not exist.`);
    if (stored.state !== 'applied' && stored.state !== 'manual') return;
    try {
      await judge(ports, withEvidence(stored, result), result);
      return;
    } catch (error) {
      if (!(error instanceof VersionConflict) || attempt === CONFLICT_TRIES) throw error;
    }
  }
}

async function judge(ports: VerifyPorts, plan: Plan, result: ShardResult): Promise<void> {
  const { body } = plan;
  const target = standingOf(plan, body);
  const unproved = new Set<string>();
  const provedShut =
    target.state === 'shut' && (body.protocol === 'tcp' || !target.silent || target.times >= UDP_SILENCES);
  if (!provedShut) unproved.add(placeOf(body));
  let lost: string | null = null;
  for (const neighbour of body.neighbours) {
    const { state, times, silent } = standingOf(plan, neighbour);
    if (state === 'open' || (state === 'shut' && (await neighbourExcused(ports, plan, neighbour)))) continue;
    unproved.add(placeOf(neighbour));
    const enough = silent && neighbour.protocol === 'udp' ? UDP_NEIGHBOUR_SILENCES : NEIGHBOUR_TRIES;
    if (state === 'shut' && times >= enough) lost ??= endpoint(neighbour.address, neighbour.port, neighbour.protocol);
  }
  if (unproved.size === 0) {
    if (plan.state === 'manual' && (await isLetIn(ports, plan))) return waitForPerson(ports, plan, null);
    return recordVerified(ports, plan);
  }
  if (plan.state === 'manual') return waitForPerson(ports, plan, provedShut ? lost : null);
  if (target.state === 'open' && target.times >= TARGET_TRIES) return undoUseless(ports, plan);
  if (lost !== null) return undo(ports, plan, `${lost}, which had to stay open, does not answer since the change`);
  return lookAgain(
    ports,
    plan,
    result.shard.protocol,
    result.shard.addresses.filter((address) => unproved.has(placeOf({ address, protocol: result.shard.protocol }))),
  );
}

function placeOf({ address, protocol = 'tcp' }: { address: string; protocol?: Protocol | undefined }): string {
  return `${protocol} ${address}`;
}

/** A person may have stopped the service and left the rule: that is half of the proof. Of a change made here, both reads are proof. */
async function isLetIn({ firewall, clock }: VerifyPorts, { body }: Plan): Promise<boolean> {
  const rules = await firewall.admissions(body.address, body.port, body.protocol, clock.now());
  return rules.some(({ byDefault }) => byDefault !== true);
}

async function lookAgain(
  ports: VerifyPorts,
  plan: Plan,
  protocol: Protocol,
  addresses: readonly string[],
): Promise<void> {
  if (addresses.length > 0 && plan.verifications >= MAX_VERIFICATIONS) return giveUp(ports, plan);
  const verifications = plan.verifications + (addresses.length > 0 ? 1 : 0);
  const saved = await ports.plans.save({ ...plan, verifications, updatedAt: ports.clock.now() });
  if (addresses.length > 0) await sendVerification(ports, saved, { addresses, protocol, delaySeconds: RETRY_SECONDS });
}

/** No proof either way after many looks: the change stands, and a person is told once. */
export async function giveUp(ports: VerifyPorts, plan: Plan): Promise<void> {
  const { address, port, protocol } = plan.body;
  const note = `${endpoint(address, port, protocol)} was closed in ${plan.body.target}, but no probe could prove it`;
  if (plan.note === note) return;
  await tell(
    ports,
    plan,
    'needs-person',
    `${note}: look at the scanner, or undo it with portcullis rollback ${plan.id}.`,
  );
  await ports.plans.save({ ...plan, note, updatedAt: ports.clock.now() });
}

async function undoUseless(ports: VerifyPorts, plan: Plan): Promise<void> {
  const what = endpoint(plan.body.address, plan.body.port, plan.body.protocol);
  const why = `${what} still answers although ${plan.body.target} closes it`;
  await tell(
    ports,
    plan,
    'change-failed',
    `${why}: the traffic does not pass that firewall. The change is being undone.`,
  );
  await undo(ports, plan, why);
}

/**
 * The failure is counted and told first, since it counts once however often; then the state: from there on nothing but the rollback happens
 * to the plan, and a lost request is sent again.
 */
async function undo(ports: VerifyPorts, plan: Plan, why: string): Promise<void> {
  const stopped = await countFailure(ports, plan, why);
  if (stopped !== null) await tellStopped(ports, plan, stopped);
  const part = plan.appliedAt ?? '';
  await writeAudit(ports, plan, { action: 'verification-failed', actor: PORTCULLIS, detail: why, part });
  await ports.plans.save({ ...plan, state: 'rolling-back', note: why, updatedAt: ports.clock.now() });
  await ports.queue.send({ action: 'rollback', planId: plan.id, approvalId: null, actor: PORTCULLIS });
}

/** Once for each time the line stops, by way of the change that stopped it. */
async function tellStopped(ports: VerifyPorts, plan: Plan, line: ChangeLine): Promise<void> {
  const { account, stoppedAt } = line;
  if (stoppedAt === null) return;
  const detail = `${stoppedSentence(line, stoppedAt)}.`;
  await ports.audit.append({
    id: idOf('au', account, stoppedAt, 'line-stopped'),
    at: stoppedAt,
    actor: PORTCULLIS,
    action: 'line-stopped',
    object: account,
    findingId: plan.body.findingId,
    detail,
  });
  await tell(ports, plan, 'line-stopped', detail);
}

/** A person runs the commands when it suits them; looking again is the reconciler's. A neighbour lost by them is told once. */
async function waitForPerson(ports: VerifyPorts, plan: Plan, lost: string | null): Promise<void> {
  const note = lost === null ? plan.note : `${lost}, which had to stay open, does not answer since the change by hand`;
  if (lost !== null && note !== plan.note) {
    const commands = plan.body.inverseCommands.join('\n');
    await tell(ports, plan, 'needs-person', `${note}. To undo it, run ${plan.body.commandsBy}: ${commands}`);
  }
  await ports.plans.save({ ...plan, note });
}
