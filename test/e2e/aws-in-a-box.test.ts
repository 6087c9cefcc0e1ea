import { expect, it } from 'vitest';
import type { Approval } from '../../core/approvals/approval.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { Plan } from '../../core/remediation/plan.ts';
import { describeWith } from '../support/need.ts';
import { awsBox, moto, upOnAws } from './support/aws.ts';
import { findingWhere, open, told } from './support/scene.ts';
import { close, eventually, runVerb, tryConnect } from './support/portcullis.ts';

describeWith(['root', 'nft', 'private network', 'moto'], 'AWS in a box', () => {
  it('finds what security groups expose, closes one port of a range in place, proves it, and puts it back; a silent port ends with its rule', async () => {
    const url = await moto();
    const box = await awsBox(url);
    const anywhere = '0.0.0.0/0';
    const cache = await box.addMachine('cache', [{ from: 6370, to: 6390, cidr: anywhere }], { owner: 'payments' });
    const web = await box.addMachine('web', [{ from: 8080, to: 8080, cidr: anywhere }]);
    const inside = await box.addMachine('inside', [{ from: 6379, to: 6379, cidr: '10.0.0.0/8' }]);
    const halves = await box.addMachine('halves', [
      { from: 6379, to: 6379, cidr: '0.0.0.0/1' },
      { from: 6379, to: 6379, cidr: '128.0.0.0/1' },
    ]);
    for (const { address } of [cache, inside, halves]) await open(6379, address);
    const service = await open(8080, web.address);
    await open(6380, cache.address);
    const before = await box.rules(cache.groupId);

    const yaml = 'aws: { regions: [us-east-1] }\nmode: approve\ncadence: 1s\n';
    const { portcullis, data } = await upOnAws(url, yaml, ['--ports', '6379,6380,8080']);

    const found = await told(portcullis, 6379, cache.address);
    expect(found).toMatchObject({ verdict: 'confirmed', owner: 'payments', account: '123456789012' });
    expect(found.admittedBy).toEqual([
      { ruleId: await box.ruleId(cache.groupId, '6370-6390 0.0.0.0/0'), source: anywhere, breadth: 'internet' },
    ]);
    const split = await told(portcullis, 6379, halves.address);
    expect(split.admittedBy.map(({ source, breadth }) => `${source} ${breadth}`).sort()).toEqual([
      '0.0.0.0/1 wide',
      '128.0.0.0/1 wide',
    ]);
    await told(portcullis, 8080, web.address);
    const all = await portcullis.get<Finding[]>('/api/findings');
    expect(all.filter(({ address }) => address === inside.address)).toEqual([]);

    const id = await box.ruleId(inside.groupId, '6379-6379 10.0.0.0/8');
    await box.modify(inside.groupId, id, { from: 6379, to: 6379, cidr: anywhere });
    const widened = await told(portcullis, 6379, inside.address);
    expect(widened).toMatchObject({ verdict: 'confirmed', baseline: false });

    const explained = await runVerb(['explain', `${cache.address}:6379`, '--data', data], { cwd: data });
    expect(explained.out).toContain(found.admittedBy[0]?.ruleId);
    expect(explained.out).toMatch(/Opened by: unknown/);

    await eventually(
      async () => ((await told(portcullis, 6379, cache.address)).approvalId === null ? undefined : true),
      20_000,
      () => portcullis.err,
    );
    const { approvalId, id: findingId } = await told(portcullis, 6379, cache.address);
    await portcullis.post<Approval>(`/api/approvals/${approvalId}/approve`);
    const closed = await findingWhere(
      portcullis,
      ({ id: one, verifiedAt }) => one === findingId && verifiedAt !== null,
    );
    expect(closed.status).toBe('closed');
    expect(await box.rules(cache.groupId)).toEqual(['6370-6378 0.0.0.0/0', '6380-6390 0.0.0.0/0']);
    expect(await tryConnect(cache.address, 6379)).toBe('silent');
    expect(await tryConnect(cache.address, 6380)).toBe('open');

    const [plan] = (await portcullis.get<Plan[]>('/api/plans')).filter(({ body }) => body.findingId === findingId);
    await portcullis.post(`/api/plans/${plan?.id}/rollback`);
    await eventually(
      async () => ((await tryConnect(cache.address, 6379)) === 'open' ? true : undefined),
      20_000,
      () => portcullis.err,
    );
    expect(await box.rules(cache.groupId)).toEqual(before);

    await close(service);
    const atWeb = ({ address, port }: Finding) => address === web.address && port === 8080;
    const silent = await findingWhere(portcullis, (one) => atWeb(one) && one.verdict === 'latent');
    expect(silent, 'its rule still lets it in').toMatchObject({ status: 'open', closedAt: null });
    await box.revoke(web.groupId, await box.ruleId(web.groupId, `8080-8080 ${anywhere}`));
    const ended = await findingWhere(portcullis, (one) => atWeb(one) && one.status === 'closed');
    expect(ended).toMatchObject({ verdict: 'clean', admittedBy: [] });
    await findingWhere(portcullis, (one) => atWeb(one) && one.untold.length === 0);
    const lines = (await portcullis.alerts())
      .flatMap(({ items }) => items)
      .filter((item) => item.findingId === ended.id);
    expect(lines.map(({ kind }) => kind)).toEqual(['found', 'resolved']);
    expect(await portcullis.stop()).toBe(0);
  }, 120_000);
});
