import { idOf } from '../identity.ts';
import type { Protocol } from '../net/protocol.ts';
import type { PortSet } from '../net/port-set.ts';
import type { Shard } from '../planning/shard.ts';
import { after, type Instant, minutes } from '../time.ts';

/** The longest delay a queue message may have. */
const MAX_DELAY_SECONDS = 900;
/** Room for the queue after the delay; later the confirmation says nothing that a sweep would not. */
const CONFIRM_TTL_MS = minutes(5);
/** Three SYNs on Linux >= 6.5, two before: a confirmation must not fail on one lost packet. */
const CONFIRM_TIMEOUT_MS = 2_250;

/** In the place of a task. */
export const CONFIRM = 'confirm';

/** The run that confirms what another run saw; a confirmation of a confirmation is the same run. */
export const CONFIRMS = 'confirm-';

/** The run of a shard; of a confirmation the one whose result asked for it. */
export function runBehind({ runId }: Pick<Shard, 'runId'>): string {
  return runId.startsWith(CONFIRMS) ? runId.slice(CONFIRMS.length) : runId;
}

export interface Confirmation {
  ports: PortSet;
  delayMs: number;
  tries: number;
  /** The run whose result asked for it. */
  runId: string;
}

/** Priority shards that look again at ports whose change is not certain yet. */
export function shardsToConfirm(
  address: string,
  protocol: Protocol,
  confirmations: readonly Confirmation[],
  now: Instant,
): { shard: Shard; delaySeconds: number }[] {
  return confirmations.map(({ ports, delayMs, tries, runId }) => {
    const delaySeconds = Math.min(Math.ceil(delayMs / 1_000), MAX_DELAY_SECONDS);
    const shard: Shard = {
      shardId: idOf('s', 'confirm', runId, address, ...(protocol === 'tcp' ? [] : [protocol]), ports.toString(), now),
      runId: runId.startsWith(CONFIRMS) ? runId : CONFIRMS + runId,
      taskId: CONFIRM,
      purpose: 'confirm',
      addresses: [address],
      protocol,
      ports: ports.toString(),
      excluded: {},
      tries,
      timeoutMs: CONFIRM_TIMEOUT_MS,
      rate: null,
      createdAt: now,
      notAfter: after(now, delaySeconds * 1_000 + CONFIRM_TTL_MS),
      planId: null,
    };
    return { shard, delaySeconds };
  });
}
