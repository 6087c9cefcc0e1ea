import { beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../core/findings/finding.ts';
import { aFinding } from '../../builders/finding.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { aFirewallEvent } from '../../builders/firewall-event.ts';
import { CloudWorld, eni, PLACE, PUBLIC } from '../../support/stages/cloud-world.ts';

let world: CloudWorld;
const HERE = { ...PLACE, address: PUBLIC };
const RULE = { ruleId: 'sgr-1', source: '0.0.0.0/0', breadth: 'internet' as const };
const TOLD = { untold: [], alertedAt: '2026-03-01T09:00:15.000Z' };

/** A finding at a port that is silent or open since 09:00. */
async function known(port: number, over: Partial<Finding> = {}): Promise<string> {
  const finding = aFinding({ ...HERE, port, version: 0, admittedBy: [RULE], ...TOLD, ...over });
  await world.stores.findings.save(finding);
  return finding.id;
}

async function fingerprint(open: number[], silent: number[]): Promise<void> {
  const entry = (port: number, closedBy: 'refused' | null) => ({
    port,
    transitions: closedBy === null ? 1 : 2,
    changedAt: '2026-03-01T09:00:00.000Z',
    closedBy,
  });
  const history = [...open.map((port) => entry(port, null)), ...silent.map((port) => entry(port, 'refused'))];
  await world.stores.fingerprints.save(aFingerprint({ address: PUBLIC, version: 0, open: open.join(','), history }));
}

const kinds = async (id: string) => (await world.stores.findings.get(id))?.untold.map(({ kind, note }) => [kind, note]);
const status = async (id: string) => (await world.stores.findings.get(id))?.status;

beforeEach(async () => {
  world = new CloudWorld();
  world.rules({ fromPort: 22, toPort: 23 });
  await world.inventory();
  world.later(60_000);
});

describe('a finding of a silent port', () => {
  it('ends when an event takes its rule away, and people are told; the others go on', async () => {
    await fingerprint([22], [23]);
    const silent = await known(23, { verdict: 'latent' });
    const open = await known(22);
    world.rules({ fromPort: 80, toPort: 80 });
    await world.events([aFirewallEvent()]);
    expect(await status(silent)).toBe('closed');
    expect(await kinds(silent)).toEqual([['resolved', `${PUBLIC}:23 had fallen silent, and now no rule lets it in.`]]);
    expect(await status(open)).toBe('open');
    expect(world.alertRequests).toHaveLength(1);
  });

  it('ends at the inventory when no event told of the rule', async () => {
    await fingerprint([], [23]);
    const silent = await known(23, { verdict: 'latent' });
    world.rules({ fromPort: 22, toPort: 22 });
    await world.inventory();
    expect(await status(silent)).toBe('closed');
  });

  it('goes on while a narrower rule lets it in', async () => {
    await fingerprint([], [23]);
    const silent = await known(23, { verdict: 'latent' });
    world.rules({ fromPort: 22, toPort: 23, source: { kind: 'ipv4', cidr: '8.8.8.0/24' } });
    await world.events([aFirewallEvent()]);
    expect(await status(silent)).toBe('open');
  });

  it('ends also when the first attempt was killed before it was recorded', async () => {
    await fingerprint([], [23]);
    const silent = await known(23, { verdict: 'latent' });
    world.rules({ fromPort: 22, toPort: 22 });
    const findings = {
      ...world.stores.findings,
      getMany: async () => {
        throw new Error('killed');
      },
    };
    expect(await world.events([aFirewallEvent()], { findings })).toEqual([{ ok: false, error: new Error('killed') }]);
    await world.events([aFirewallEvent()]);
    expect(await status(silent)).toBe('closed');
  });
});

describe('findings at an address that left', () => {
  it('end, and people are told whose it was; what closed before stays as it is', async () => {
    await fingerprint([22], [23]);
    const open = await known(22);
    const closed = await known(23, { status: 'closed', closedAt: '2026-03-01T09:00:30.000Z' });
    world.change({ interfaces: [eni(2)] });
    await world.inventory();
    expect(await status(open)).toBe('closed');
    expect(await kinds(open)).toEqual([
      ['resolved', `${PUBLIC} does not belong to account 111122223333 in eu-west-1 any more.`],
    ]);
    expect((await world.stores.findings.get(closed))?.closedAt).toBe('2026-03-01T09:00:30.000Z');
    expect(await world.stores.assets.get(PUBLIC)).toBeUndefined();
  });

  it('end when an event tells of it first', async () => {
    await fingerprint([22], []);
    const open = await known(22);
    world.change({ interfaces: [] });
    await world.events([aFirewallEvent({ touched: { ...aFirewallEvent().touched, interfaceIds: ['eni-1'] } })]);
    expect(await status(open)).toBe('closed');
  });

  it('stay when the place could not be read', async () => {
    await fingerprint([22], []);
    const open = await known(22);
    world.beforeRead = async () => {
      throw new Error('throttled');
    };
    await expect(world.inventory()).rejects.toThrow('throttled');
    expect(await status(open)).toBe('open');
  });

  it('end in the account that had it when it turns up in another', async () => {
    await fingerprint([22], []);
    const open = await known(22);
    const other = { account: '999900001111', region: 'eu-west-1' };
    world.networks.push({ ...world.networks[0]!, ...other });
    world.change({ interfaces: [] });
    world.places.push(other);
    await world.inventory();
    expect(await status(open)).toBe('closed');
    expect((await world.stores.assets.get(PUBLIC))?.account).toBe('999900001111');
  });
});
