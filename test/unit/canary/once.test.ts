import { describe, expect, it } from 'vitest';
import { LeftOpen } from '../../../bench/canary/canary-group.ts';
import { runOnce } from '../../../bench/canary/once.ts';
import { after } from '../../../core/time.ts';
import { anAdmitted } from '../../builders/admitted.ts';
import { aFinding } from '../../builders/finding.ts';

const ADDRESS = '52.95.110.1';
const START = '2026-03-01T09:00:00.000Z';
const OPTIONS = { port: 1021, source: null, until: 'verdict', timeoutMs: 60_000 } as const;

/** A group, a Portcullis that looks at it every five seconds, and a clock that only waiting moves. */
function aWorld() {
  const said: string[] = [];
  const rules = new Map<string, string>();
  const stop = new AbortController();
  let now = START;
  let looks = true;
  let gain: ReturnType<typeof anAdmitted>['gain'] = null;
  let pairs: ReturnType<typeof anAdmitted>['pairs'] = [];
  let lookedAt = START;
  function look(): void {
    const isLetIn = rules.size > 0;
    if (isLetIn && pairs.length === 0) {
      gain = { eventId: 'e-1', at: now, receivedAt: after(now, -400), evaluatedAt: now, late: false, ports: '1021' };
    }
    pairs = isLetIn ? [{ protocol: 'tcp', ports: '1021', breadth: 'single' }] : [];
    lookedAt = now;
  }
  const world = {
    said,
    rules,
    stop,
    signal: stop.signal,
    now: () => now,
    wait: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      now = after(now, ms);
      if (looks && Date.parse(now) % 5_000 === 0) look();
    },
    say: (line: string) => void said.push(line),
    blind: () => (looks = false),
    group: {
      id: 'sg-0123456789abcdef0',
      address: async () => ADDRESS,
      open: async (_port: number, source: string) => {
        rules.set('sgr-1', source);
        return 'sgr-1';
      },
      removeRules: async () => {
        const ids = [...rules.keys()];
        rules.clear();
        return ids;
      },
    },
    watch: {
      admitted: async () => anAdmitted({ address: ADDRESS, pairs, gain, at: lookedAt }),
      finding: async () => undefined as ReturnType<typeof aFinding> | undefined,
      approve: null as ((finding: { id: string }) => Promise<void>) | null,
    },
  };
  return world;
}

describe('one run of the canary', () => {
  it('lets in the address behind the group alone, and measures from its own call', async () => {
    const world = aWorld();
    let source = '';
    const { open } = world.group;
    world.group.open = async (port, cidr) => {
      source = cidr;
      return open(port, cidr);
    };
    expect(await runOnce(world, OPTIONS)).toEqual({
      at: START,
      groupId: 'sg-0123456789abcdef0',
      address: ADDRESS,
      port: 1021,
      source: '52.95.110.1/32',
      ruleId: 'sgr-1',
      outcome: 'noticed',
      missing: null,
      legs: { received: 4_600, verdict: 5_000, gone: 5_000 },
    });
    expect(source).toBe('52.95.110.1/32');
    expect(world.rules.size).toBe(0);
  });

  it('says which step was missed', async () => {
    const world = aWorld();
    world.blind();
    expect(await runOnce(world, OPTIONS)).toMatchObject({ outcome: 'missed', missing: 'verdict', legs: {} });
    expect(world.rules.size).toBe(0);
  });

  it('removes the rule of a call whose answer was lost', async () => {
    const world = aWorld();
    world.group.open = async (_port, source) => {
      world.rules.set('sgr-2', source);
      throw new Error('socket hang up');
    };
    await expect(runOnce(world, OPTIONS)).rejects.toThrow('socket hang up');
    expect(world.rules.size).toBe(0);
  });

  it('removes the rule when it is stopped, and tries that again when EC2 fails', async () => {
    const world = aWorld();
    const { removeRules } = world.group;
    let fails = 3;
    world.group.removeRules = async () => {
      if (world.rules.size > 0 && fails > 0) {
        fails -= 1;
        throw new Error('RequestLimitExceeded');
      }
      return removeRules();
    };
    const { admitted } = world.watch;
    world.watch.admitted = async () => {
      if (world.rules.size > 0) world.stop.abort();
      return admitted();
    };
    await expect(runOnce(world, OPTIONS)).rejects.toThrow('aborted');
    expect(world.rules.size).toBe(0);
    expect(world.said.filter((line) => line.includes('RequestLimitExceeded'))).toHaveLength(3);
  });

  it('says the command when the rule cannot be removed', async () => {
    const world = aWorld();
    world.group.removeRules = async () => {
      if (world.rules.size > 0) throw new Error('UnauthorizedOperation');
      return [];
    };
    const run = runOnce(world, OPTIONS);
    await expect(run).rejects.toBeInstanceOf(LeftOpen);
    await expect(run).rejects.toThrow(
      'aws ec2 revoke-security-group-ingress --group-id sg-0123456789abcdef0 --security-group-rule-ids sgr-1',
    );
  });

  it('approves what was found open, and measures from the approval to the proof', async () => {
    const world = aWorld();
    let finding = aFinding({ openedAt: '2026-03-01T08:00:00.000Z', status: 'closed' });
    world.watch.finding = async () => {
      // A finding of the day before is no answer; this one is newer.
      if (finding.status === 'closed' && finding.approvedAt === null) {
        finding = aFinding({ openedAt: after(START, 6_000), status: 'open' });
      }
      return finding;
    };
    world.watch.approve = async () => {
      world.rules.clear();
      finding = {
        ...finding,
        status: 'closed',
        approvedAt: after(START, 7_000),
        closedAt: after(START, 7_900),
        verifiedAt: after(START, 7_900),
      };
    };
    const run = await runOnce(world, { ...OPTIONS, until: 'closed', source: '0.0.0.0/0' });
    expect(run.outcome).toBe('noticed');
    // The rule was gone before the canary could remove it.
    expect(run.legs).toEqual({ received: 4_600, verdict: 5_000, confirmed: 6_000, closed: 900 });
  });

  it('waits for mode auto where nobody can approve', async () => {
    const world = aWorld();
    world.watch.finding = async () =>
      aFinding({
        openedAt: after(START, 6_000),
        status: 'closed',
        approvedAt: after(START, 6_100),
        closedAt: after(START, 8_100),
        verifiedAt: after(START, 8_100),
      });
    const run = await runOnce(world, { ...OPTIONS, until: 'closed', source: '0.0.0.0/0' });
    expect(run.legs.closed).toBe(2_000);
  });
});
