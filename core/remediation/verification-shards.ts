import { idOf } from '../identity.ts';
import { PortSet } from '../net/port-set.ts';
import type { ShardQueue } from '../ports/queues.ts';
import type { Shard } from '../planning/shard.ts';
import { after, type Instant, minutes } from '../time.ts';
import type { Plan } from './plan.ts';

/** Two connections of 1.25 s each answer within one SYN retransmission (1 s, RFC 6298) and keep the whole verification under 5 s. */
const TRIES = 2;
const TIMEOUT_MS = 1_250;

/** Verifications after which a person is told that no proof could be had. */
export const MAX_VERIFICATIONS = 10;

/** Seconds between a verification that was not good and the next. */
export const RETRY_SECONDS = 2;

/** One shard for each address: the closed port and the neighbours there. `addresses`: only these. */
function verificationShards(plan: Plan, now: Instant, addresses?: readonly string[]): Shard[] {
  const ports = new Map([[plan.body.address, PortSet.of(plan.body.port)]]);
  for (const { address, port } of plan.body.neighbours) {
    ports.set(address, (ports.get(address) ?? PortSet.EMPTY).union(PortSet.of(port)));
  }
  return [...ports]
    .filter(([address]) => addresses === undefined || addresses.includes(address))
    .map(([address, wanted]) => ({
      shardId: idOf('s', 'verify', plan.id, plan.createdAt, plan.verifications, address),
      runId: `verify-${plan.id}`,
      taskId: 'verify',
      purpose: 'verify',
      addresses: [address],
      protocol: plan.body.protocol,
      ports: wanted.toString(),
      excluded: {},
      tries: TRIES,
      timeoutMs: TIMEOUT_MS,
      rate: null,
      createdAt: now,
      notAfter: after(now, minutes(5)),
      planId: plan.id,
    }));
}

/** Asks for the verification of a plan as stored; asking twice for the same `plan.verifications` sends shards of the same ids. */
export async function sendVerification(
  ports: { shards: ShardQueue; clock: { now(): Instant } },
  plan: Plan,
  options: { addresses?: readonly string[]; delaySeconds?: number } = {},
): Promise<void> {
  const shards = verificationShards(plan, ports.clock.now(), options.addresses);
  await ports.shards.send(shards, { priority: true, delaySeconds: options.delaySeconds ?? 0 });
}
