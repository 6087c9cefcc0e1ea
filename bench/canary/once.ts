import { type Admitted, admittedOf, type Gain } from '../../core/exposure/admitted.ts';
import type { Finding } from '../../core/findings/finding.ts';
import { type Instant, msBetween } from '../../core/time.ts';
import { type CanaryGroup, LeftOpen } from './canary-group.ts';
import { insist, Over, waitFor, type Waiting } from './patience.ts';
import type { Watch } from './watch.ts';

/**
 * Milliseconds of each step. From the call that opens the rule: `received` its event reached Portcullis (absent when none did), `verdict` it
 * was worked out what the rule lets in, `confirmed` the port was seen open. `closed`: from the approval to the proof that the port is closed.
 * `gone`: from the removal of the rule to the first reading of the rules without it. Portcullis's clock and ours may differ: so may these.
 */
export const LEGS = ['received', 'verdict', 'confirmed', 'closed', 'gone'] as const;
type Leg = (typeof LEGS)[number];

export interface Run {
  readonly at: Instant;
  readonly groupId: string;
  readonly address: string;
  readonly port: number;
  readonly source: string;
  readonly ruleId: string;
  /** `late`: no event told of it, the inventory found it. `missed`: a step did not happen in time. */
  readonly outcome: 'noticed' | 'late' | 'missed';
  readonly missing: Leg | null;
  readonly legs: Readonly<Partial<Record<Leg, number>>>;
}

export interface RunPorts extends Waiting {
  readonly group: Pick<CanaryGroup, 'id' | 'address' | 'open' | 'removeRules'>;
  readonly watch: Watch;
  readonly say: (line: string) => void;
}

export interface RunOptions {
  readonly port: number;
  readonly source: string | null;
  readonly until: 'verdict' | 'closed';
  /** Longest wait for each step. */
  readonly timeoutMs: number;
}

/**
 * Opens the rule, waits for what Portcullis makes of it, and removes the rule, whatever happens in between.
 * @throws Refused when the group is not meant for this; Over when Portcullis does not know the address, or has the port as open already;
 * LeftOpen when the rule could not be removed
 */
export async function runOnce(ports: RunPorts, options: RunOptions): Promise<Run> {
  const { group, say } = ports;
  const address = await group.address();
  const source = options.source ?? `${address}/32`;
  const leftovers = await group.removeRules();
  if (leftovers.length > 0) say(`removed ${leftovers.join(', ')}, left by an earlier run`);
  const { port } = options;
  await seenClosed(ports, options, address, 'Is the account watched? Does another rule let the port in?');

  const at = ports.now();
  const measured: Measured = { legs: {}, next: 'verdict', late: false };
  let ruleId = '';
  let removed: string[] = [];
  try {
    ruleId = await group.open(port, source);
    say(`${ruleId} lets ${source} in to ${address}:${port}`);
    await observe(ports, options, { address, at }, measured);
  } catch (error) {
    if (!(error instanceof Over)) throw error;
    say(error.message);
  } finally {
    removed = await closeAgain(ports, ruleId);
  }
  const removedAt = ports.now();
  if (measured.next === 'gone') {
    try {
      const known = await seenClosed(ports, options, address, 'The rule is gone.');
      // When Portcullis was first, there was nothing left to notice.
      if (removed.length > 0) measured.legs.gone = msBetween(removedAt, known.at);
      measured.next = null;
    } catch (error) {
      if (!(error instanceof Over)) throw error;
      say(error.message);
    }
  }
  const { legs, next: missing, late } = measured;
  const outcome = missing !== null ? 'missed' : late ? 'late' : 'noticed';
  return { at, groupId: group.id, address, port, source, ruleId, outcome, missing, legs };
}

async function closeAgain(ports: RunPorts, ruleId: string): Promise<string[]> {
  const { group, say } = ports;
  try {
    const removed = await insist(ports, say, () => group.removeRules());
    say(`removed ${removed.join(', ') || 'nothing: the rule is gone already'}`);
    return removed;
  } catch (cause) {
    const command = `aws ec2 revoke-security-group-ingress --group-id ${group.id} --security-group-rule-ids ${ruleId || '...'}`;
    throw new LeftOpen(`the rule may still be there; remove it: ${command}`, { cause });
  }
}

interface Measured {
  readonly legs: Partial<Record<Leg, number>>;
  /** What is waited for; null when there is nothing more. */
  next: Leg | null;
  late: boolean;
}

async function observe(
  ports: RunPorts,
  { port, until, timeoutMs }: RunOptions,
  { address, at }: { address: string; at: Instant },
  measured: Measured,
): Promise<void> {
  const { watch } = ports;
  const { legs } = measured;
  const { known, gain } = await waitFor(
    ports,
    timeoutMs,
    `nobody noticed that ${address}:${port} is let in`,
    async () => gainSince(at, port, await watch.admitted(address)),
  );
  measured.late = gain.late;
  if (!gain.late) legs.received = msBetween(at, gain.receivedAt);
  legs.verdict = msBetween(at, gain.evaluatedAt);
  if (until === 'closed') {
    const finding = async (is: (finding: Finding) => boolean) => {
      const found = await watch.finding(known, port);
      return found !== undefined && found.openedAt > at && is(found) ? found : undefined;
    };
    measured.next = 'confirmed';
    const open = await waitFor(ports, timeoutMs, `nobody found ${address}:${port} open`, () => finding(() => true));
    legs.confirmed = msBetween(at, open.openedAt);
    measured.next = 'closed';
    // Approved already in mode `auto`.
    if (!isApproved(open, at)) await watch.approve?.(open);
    const closed = await waitFor(ports, timeoutMs, `${address}:${port} was not closed`, () =>
      finding((it) => it.status === 'closed' && isApproved(it, at)),
    );
    legs.closed = msBetween(closed.approvedAt ?? at, closed.verifiedAt ?? closed.closedAt ?? at);
  }
  measured.next = 'gone';
}

const isApproved = ({ approvedAt }: Finding, at: Instant): boolean => approvedAt !== null && approvedAt > at;

function gainSince(
  at: Instant,
  port: number,
  known: Admitted | undefined,
): { known: Admitted; gain: Gain } | undefined {
  const gain = known?.gain ?? null;
  return known && gain && letsIn(known, port) && gain.evaluatedAt > at ? { known, gain } : undefined;
}

/** What Portcullis knows of the address, once the port is not let in there. */
function seenClosed(
  ports: RunPorts,
  { port, timeoutMs }: RunOptions,
  address: string,
  hint: string,
): Promise<Admitted> {
  const what = `Portcullis has not said that nothing lets in ${address}:${port}. ${hint} Waited`;
  return waitFor(ports, timeoutMs, what, async () => {
    const known = await ports.watch.admitted(address);
    return known !== undefined && !letsIn(known, port) ? known : undefined;
  });
}

const letsIn = ({ pairs }: Admitted, port: number): boolean => admittedOf('tcp', pairs).has(port);
