import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { expect, it } from 'vitest';
import type { Run } from '../../bench/canary/once.ts';
import { describeWith } from '../support/need.ts';
import { awsBox, awsEnv, moto, upOnAws } from './support/aws.ts';
import { tryConnect } from './support/portcullis.ts';
import { cleanups, open } from './support/scene.ts';

const PROGRAM = fileURLToPath(new URL('../../bench/canary/run.ts', import.meta.url));

describeWith(['root', 'nft', 'private network', 'moto'], 'the canary beside a running Portcullis', () => {
  it('has its port found, approved, closed and proved closed, and leaves no rule', async () => {
    const url = await moto();
    const box = await awsBox(url);
    const machine = await box.addMachine('canary', [{ from: 8080, to: 8080, cidr: '0.0.0.0/0' }]);
    const Tags = [{ Key: 'exposure:canary', Value: 'true' }];
    await box.ec2.send(new CreateTagsCommand({ Resources: [machine.groupId], Tags }));
    await open(1021, machine.address);
    const before = await box.rules(machine.groupId);

    const yaml = 'aws: { regions: [us-east-1] }\nmode: approve\ncadence: 2s\n';
    const { portcullis, data } = await upOnAws(url, yaml);
    const where = ['--group', machine.groupId, '--api', portcullis.url, '--token-file', join(data, 'api-token')];
    const how = ['--once', '--until', 'closed', '--source', '0.0.0.0/0', '--timeout', '60s'];
    const child = spawn(process.execPath, [PROGRAM, ...where, ...how], {
      env: { PATH: process.env['PATH'], ...awsEnv(url) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    cleanups.push(async () => child.kill('SIGKILL'));
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    await once(child, 'close');

    expect(err).toMatch(/^sgr-\w+ lets 0\.0\.0\.0\/0 in to [\d.]+:1021\nremoved nothing: the rule is gone already\n$/);
    const { run } = JSON.parse(out) as { run: Run };
    expect(run).toMatchObject({ outcome: 'late', missing: null, address: machine.address });
    expect(Object.keys(run.legs)).toEqual(['verdict', 'confirmed', 'closed']);
    expect(await box.rules(machine.groupId)).toEqual(before);
    expect(await tryConnect(machine.address, 1021)).toBe('silent');
    expect(await tryConnect(machine.address, 8080)).toBe('ECONNREFUSED');
    expect(await portcullis.stop()).toBe(0);
  }, 120_000);
});
