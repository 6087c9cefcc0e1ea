import { idOf } from '../identity.ts';
import { PortSet } from '../net/port-set.ts';
import type { Protocol } from '../net/protocol.ts';
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

/** What of a plan is looked at; absent: all of it. */
interface Part {
  readonly addresses?: readonly string[];
  readonly protocol?: Protocol;
}

/** One shard for each address and protocol: the closed port and the neighbours there. */
function verificationShards(plan: Plan, now: Instant, part: Part): Shard[] {
  const all = [plan.body, ...plan.body.neighbours].map(({ protocol = 'tcp' as const, ...rest }) => ({
    ...rest,
    protocol,
  }));
  const groups = Map.groupBy(all, ({ address, protocol }) => `${protocol} ${address}`);
  return [...groups.values()]
    .flatMap(([first, ...others]) => {
      if (first === undefined) return [];
      const { address, protocol } = first;
      return { address, protocol, wanted: PortSet.from([first, ...others].map(({ port }) => port)) };
    })
    .filter(({ address }) => part.addresses === undefined || part.addresses.includes(address))
    .filter(({ protocol }) => part.protocol === undefined || part.protocol === protocol)
    .map(({ address, protocol, wanted }) => ({
      shardId: idOf(
        's',
        'verify',
        plan.id,
        plan.createdAt,
        plan.verifications,
        address,
        ...(protocol === 'tcp' ? [] : [protocol]),
      ),
      runId: `verify-${plan.id}`,
      taskId: 'verify',
      purpose: 'verify',
      addresses: [address],
      protocol,
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
  options: Part & { delaySeconds?: number } = {},
): Promise<void> {
  const shards = verificationShards(plan, ports.clock.now(), options);
  await ports.shards.send(shards, { priority: true, delaySeconds: options.delaySeconds ?? 0 });
}
