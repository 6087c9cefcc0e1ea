import { afterAll, beforeAll, expect, it } from 'vitest';
import { NftablesFirewall } from '../../../adapters/firewall/nftables/nftables-firewall.ts';
import { compareRecordWithFirewall } from '../../../core/remediation/closed-ports/compare-record.ts';
import { reconcilePlans } from '../../../core/remediation/reconcile-plans.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { ClosedPortsFirewall } from '../../../core/remediation/closed-ports/closed-ports-firewall.ts';
import { Namespace } from '../../support/namespace/namespace.ts';
import { describeWith } from '../../support/need.ts';
import { World } from '../../support/remediation/world.ts';

const ADDRESS = '192.0.2.3';
const OTHER_ADDRESS = '192.0.2.4';

describeWith(['root', 'nft', 'ip'], 'a change from proposal to proof on real sockets', () => {
  let space: Namespace;
  let firewall: NftablesFirewall;

  beforeAll(async () => {
    space = Namespace.make();
    for (const address of [ADDRESS, OTHER_ADDRESS]) space.run('ip', 'addr', 'add', `${address}/32`, 'dev', 'lo');
    await space.listen(ADDRESS, 6379);
    await space.listen(ADDRESS, 8080);
    await space.listen(OTHER_ADDRESS, 443);
    firewall = new NftablesFirewall({ command: space.inside('nft') });
  });

  afterAll(() => space.remove());

  /** Answers every shard that waits with what connections inside the namespace show. */
  async function scan(world: World): Promise<void> {
    const open: string[] = [];
    for (const { shard } of world.shards) {
      for (const port of shard.ports.split(',').map(Number)) {
        const [address = ''] = shard.addresses;
        if ((await space.connect(address, port)) === 'open') open.push(`${address}:${port}`);
      }
    }
    await world.verifyAll(open);
  }

  it('closes, verifies, survives a reboot of the table, rolls back', async () => {
    const world = await World.with();
    world.ports.firewall = new ClosedPortsFirewall(firewall);
    world.ports.closer = firewall;
    expect(await space.connect(ADDRESS, 6379)).toBe('open');

    const request = await world.approve();
    expect((await runChange(world.ports, request)).kind).toBe('applied');
    expect(await space.connect(ADDRESS, 6379)).toBe('ECONNREFUSED');
    await scan(world);
    expect((await world.plan(request.planId)).state).toBe('verified');
    expect((await world.finding()).status).toBe('closed');

    space.run('nft', 'flush', 'ruleset');
    expect(await space.connect(ADDRESS, 6379)).toBe('open');
    world.later(60_000);
    expect((await compareRecordWithFirewall(world.ports)).restored).toHaveLength(1);
    expect(await space.connect(ADDRESS, 6379)).toBe('ECONNREFUSED');
    await scan(world);
    expect((await world.plan(request.planId)).state).toBe('verified');

    const rollback = { ...request, action: 'rollback' as const };
    expect((await runChange(world.ports, rollback)).kind).toBe('rolled-back');
    expect(await space.connect(ADDRESS, 6379)).toBe('open');
    expect(await firewall.readAll()).toEqual([]);
  });

  it('puts the port back by itself when a neighbour is lost', async () => {
    const world = await World.with();
    world.ports.firewall = new ClosedPortsFirewall(firewall);
    world.ports.closer = firewall;
    const request = await world.approve();
    await runChange(world.ports, request);
    space.run('nft', 'add table inet other; add chain inet other input { type filter hook input priority filter ; }');
    space.run('nft', `add rule inet other input ip daddr ${ADDRESS} tcp dport 8080 reject with tcp reset`);
    await scan(world);
    await scan(world);
    space.run('nft', 'delete', 'table', 'inet', 'other');
    await runChange(world.ports, world.requests[0]!);
    expect((await world.plan(request.planId)).state).toBe('rolled-back');
    expect(await space.connect(ADDRESS, 6379)).toBe('open');
    expect(await world.notes()).toContain('192.0.2.3:8080, which had to stay open');
  });

  it('sees a change that a person makes with the printed commands', async () => {
    const world = await World.with({}, 'propose');
    world.ports.firewall = new ClosedPortsFirewall(firewall);
    world.ports.closer = firewall;
    const request = await world.approve();
    expect((await runChange(world.ports, request)).kind).toBe('manual');
    await scan(world);
    expect((await world.plan(request.planId)).state).toBe('manual');
    const plan = await world.plan(request.planId);
    for (const command of plan.body.commands) space.run('sh', '-c', command);
    world.later(10_000);
    await reconcilePlans(world.ports);
    await scan(world);
    expect((await world.plan(request.planId)).state).toBe('verified');
    expect((await world.finding()).status).toBe('closed');
    for (const command of plan.body.inverseCommands) space.run('sh', '-c', command);
    expect(await space.connect(ADDRESS, 6379)).toBe('open');
  });
});
