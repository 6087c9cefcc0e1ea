import { expect, it } from 'vitest';
import type { Approval } from '../../core/approvals/approval.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { Plan } from '../../core/remediation/plan.ts';
import { describeWith } from '../support/need.ts';
import { awsBox, moto, upOnAws } from './support/aws.ts';
import { eventually, runVerb, tryConnect } from './support/portcullis.ts';
import { cleanups, endedPlan, findingWhere } from './support/scene.ts';
import { memcached, snmpd } from './support/udp-daemons.ts';
import { askUdp, serveUdp } from './support/udp-servers.ts';

const CIDR = '0.0.0.0/0';

describeWith(['root', 'nft', 'private network', 'moto', 'udp daemons'], 'UDP in AWS in a box', () => {
  it('closes one UDP port of a range in place, leaves TCP of that number, proves both, puts it back; refuses to split a rule of every protocol', async () => {
    const url = await moto();
    const box = await awsBox(url);
    const both = [
      { protocol: 'udp' as const, from: 11_200, to: 11_220, cidr: CIDR },
      { from: 11_200, to: 11_220, cidr: CIDR },
      { protocol: 'udp' as const, from: 123, to: 123, cidr: CIDR },
    ];
    const cache = await box.addMachine('cache', both);
    const agent = await box.addMachine('agent', [{ protocol: '-1', from: -1, to: -1, cidr: CIDR }]);
    const [before, whole] = [await box.rules(cache.groupId), await box.rules(agent.groupId)];
    expect(whole).toEqual(['-1 -1--1 0.0.0.0/0']);
    for (const port of [11_210, 11_211, 11_212]) await memcached(cache.address, port);
    const time = await serveUdp('ntp', cache.address, 123);
    cleanups.push(() => time.close());
    await snmpd(agent.address);
    await memcached(agent.address, 11_211);

    const yaml = 'aws: { regions: [us-east-1] }\nmode: approve\ncadence: 1s\n';
    const args = ['--ports=11210-11212', '--udp-ports=123,161,11211'];
    const { portcullis, data } = await upOnAws(url, yaml, args);
    const udpAt = (address: string, port: number) => (one: Finding) =>
      one.address === address && one.protocol === 'udp' && one.port === port;

    const isTarget = udpAt(cache.address, 11_211);
    const found = await findingWhere(portcullis, (one) => isTarget(one) && one.alertedAt !== null);
    expect(found).toMatchObject({ verdict: 'confirmed', service: 'memcached', class: 'high-risk-port' });
    const ruleId = await box.ruleId(cache.groupId, `udp 11200-11220 ${CIDR}`);
    expect(found.admittedBy).toEqual([{ ruleId, source: CIDR, breadth: 'internet' }]);
    const explained = await runVerb(['explain', `${cache.address}:udp/11211`, '--data', data], { cwd: data });
    expect(explained.out).toContain(ruleId);

    const [approvalId] = await eventually(
      async () => {
        const { approvalId: id } = await findingWhere(portcullis, isTarget);
        return id === null ? undefined : [id];
      },
      20_000,
      () => portcullis.err,
    );
    const pending = await portcullis.get<Plan>(`/api/plans/${(await findingWhere(portcullis, isTarget)).planId}`);
    expect(pending.body.neighbours[0]).toEqual({ address: cache.address, port: 123, protocol: 'udp' });
    await portcullis.post<Approval>(`/api/approvals/${approvalId}/approve`);
    const closed = await findingWhere(portcullis, (one) => one.id === found.id && one.verifiedAt !== null);
    expect(closed.status).toBe('closed');
    expect(await box.rules(cache.groupId)).toEqual([
      `11200-11220 ${CIDR}`,
      `udp 11200-11210 ${CIDR}`,
      `udp 11212-11220 ${CIDR}`,
      `udp 123-123 ${CIDR}`,
    ]);
    expect(await askUdp('memcached', cache.address, 11_211)).toBe('silent');
    expect(await askUdp('memcached', cache.address, 11_210)).toBe('answered');
    expect(await askUdp('memcached', cache.address, 11_212)).toBe('answered');
    expect(await askUdp('ntp', cache.address, 123)).toBe('answered');
    expect(await tryConnect(cache.address, 11_211)).toBe('open');
    const plan = await endedPlan(portcullis, closed);
    expect(plan).toMatchObject({ state: 'verified' });
    expect(plan.body.steps.map(({ op }) => op).sort()).toEqual(['authorize', 'modify']);
    expect(plan.evidence).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ address: cache.address, port: 11_211, protocol: 'udp', state: 'filtered' }),
        expect.objectContaining({ address: cache.address, port: 123, protocol: 'udp', state: 'open' }),
      ]),
    );

    await portcullis.post(`/api/plans/${closed.planId}/rollback`);
    await eventually(
      async () => ((await askUdp('memcached', cache.address, 11_211)) === 'answered' ? true : undefined),
      20_000,
      () => portcullis.err,
    );
    expect(await box.rules(cache.groupId)).toEqual(before);

    const ofAgent = await findingWhere(portcullis, udpAt(agent.address, 161));
    const everything = await box.ruleId(agent.groupId, whole[0]!);
    expect(ofAgent.admittedBy).toEqual([{ ruleId: everything, source: CIDR, breadth: 'internet' }]);
    const refused = await runVerb(['plan', ofAgent.id, '--data', data], { cwd: data });
    expect(refused.code).toBe(1);
    expect(refused.err).toContain(everything);
    expect(refused.err).toContain('the rule is for every protocol. Closing udp port 161 would replace it by up to 8');
    expect(await box.rules(agent.groupId)).toEqual(whole);
    expect(await portcullis.stop()).toBe(0);
  }, 240_000);
});
