import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SecurityGroupRule } from '../../../core/cloud/network.ts';
import { Refused } from '../../../core/errors.ts';
import { proposeChange } from '../../../core/remediation/propose.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { aRule, from } from '../../builders/cloud-network.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';
import { ClosureLab } from '../../support/remediation/closure-lab.ts';
import { approved, cloudProcess, type CloudProcess, labWorld } from '../../support/remediation/lab-world.ts';
import { linesOf } from '../../support/remediation/rules-on-the-wire.ts';

const EVERYTHING = { protocol: '-1', fromPort: null, toPort: null, source: from('0.0.0.0/0') };

describeWith(['moto'], 'closing a UDP port in EC2', () => {
  let moto: Emulator;
  let lab: ClosureLab;
  let cloud: CloudProcess;

  beforeAll(async () => {
    moto = await startMoto();
    lab = await ClosureLab.start(moto.url, []);
    cloud = cloudProcess(moto.url);
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    cloud.destroy();
    lab.ec2.destroy();
    await moto.close();
  });

  /** The rules as `udp 0-160 0.0.0.0/0`, sorted. */
  const rules = async () =>
    linesOf(new Map([['', (await lab.live()).get(lab.groupIds[0]!)!]]))
      .map((line) => line.trim().split(' ').slice(0, 3).join(' '))
      .sort();

  async function closing(port: number, ...held: Partial<SecurityGroupRule>[]) {
    await lab.load(new Map([['sg-1', held.map((rule) => aRule({ ...rule, description: null, tags: {} }))]]));
    return labWorld(cloud, { address: lab.v4, protocol: 'udp', port });
  }

  it('splits a range of UDP and leaves TCP of the same numbers as it is', async () => {
    const ports = { fromPort: 11_200, toPort: 11_220, source: from('0.0.0.0/0') };
    const world = await closing(11_211, { protocol: 'udp', ...ports }, { protocol: 'tcp', ...ports });
    const request = await approved(world);
    expect((await runChange(world.ports, request)).kind).toBe('applied');
    const [tcp, ...udp] = ['tcp 11200-11220 0.0.0.0/0', 'udp 11200-11210 0.0.0.0/0', 'udp 11212-11220 0.0.0.0/0'];
    expect(await rules()).toEqual([tcp, ...udp]);
    expect((await runChange(world.ports, { ...request, action: 'rollback' })).kind).toBe('rolled-back');
    expect(await rules()).toEqual([tcp, 'udp 11200-11220 0.0.0.0/0']);
  });

  it('refuses a rule of every protocol until that is confirmed, then leaves all that EC2 can say but the port', async () => {
    const world = await closing(161, EVERYTHING);
    const refusal = await proposeChange(world.ports, await world.finding(), 'ana').catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refused);
    expect(String(refusal)).toContain('Closing udp port 161 would replace it by up to 8 rules');
    expect(await rules()).toEqual(['-1 null-null 0.0.0.0/0']);

    const request = await approved(world);
    expect((await runChange(world.ports, request)).kind).toBe('applied');
    const sorted = [
      'udp 0-160 0.0.0.0/0',
      'udp 162-65535 0.0.0.0/0',
      'tcp 0-65535 0.0.0.0/0',
      'icmp -1--1 0.0.0.0/0',
      ...['47', '50', '51', '132'].map((number) => `${number} null-null 0.0.0.0/0`),
    ].sort();
    expect(await rules()).toEqual(sorted);
    expect((await world.plan(request.planId)).body.sessions).toContain('they lose every other protocol number');
    expect((await runChange(world.ports, { ...request, action: 'rollback' })).kind).toBe('rolled-back');
    expect(await rules()).toEqual(['-1 null-null 0.0.0.0/0']);
  });
});
