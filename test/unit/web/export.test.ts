import { describe, expect, it } from 'vitest';
import type { AsffFinding } from '../../../core/emit/asff-shape.ts';
import type { OcsfFinding } from '../../../core/emit/ocsf-shape.ts';
import { anAsset } from '../../builders/asset.ts';
import { aFinding } from '../../builders/finding.ts';
import { AsffRules } from '../../support/emit/asff-rules.ts';
import { ocsfProblems } from '../../support/emit/ocsf-rules.ts';
import { makeWorld } from '../../support/web/world.ts';

async function withFindings() {
  const world = makeWorld();
  const local = aFinding({ version: 0, severity: 'critical' });
  const aws = aFinding({
    version: 0,
    account: '210987654321',
    region: 'eu-west-1',
    address: '198.51.100.7',
    severity: 'low',
    status: 'closed',
  });
  for (const finding of [aws, local]) await world.stores.findings.save(finding);
  await world.stores.assets.putAll([
    anAsset({ address: '192.0.2.3', networkInterface: 'eth0' }),
    anAsset({ address: '198.51.100.7', networkInterface: 'eni-0123456789abcdef0' }),
  ]);
  return { ...world, local, aws };
}

describe('GET /api/export', () => {
  it('gives every finding as ASFF, of its own account, or of none', async () => {
    const { send, local, aws } = await withFindings();
    const answer = await send('GET', '/api/export?format=asff');
    expect(answer.headers.get('content-type')).toBe('application/json');
    const documents = (await answer.json()) as AsffFinding[];
    for (const document of documents) expect(AsffRules.safeParse(document).error?.issues).toBeUndefined();
    expect(documents).toMatchObject([
      {
        Id: local.id,
        AwsAccountId: '000000000000',
        ProductArn: 'arn:aws:securityhub:local:000000000000:product/000000000000/default',
        RecordState: 'ACTIVE',
        UpdatedAt: '2026-03-01T09:00:00.000Z',
        Resources: [{ Type: 'Other', Id: '192.0.2.3' }],
      },
      {
        Id: aws.id,
        AwsAccountId: '210987654321',
        ProductArn: 'arn:aws:securityhub:eu-west-1:210987654321:product/210987654321/default',
        RecordState: 'ARCHIVED',
        Workflow: { Status: 'RESOLVED' },
        Resources: [{ Id: 'arn:aws:ec2:eu-west-1:210987654321:network-interface/eni-0123456789abcdef0' }],
      },
    ]);
  });

  it('gives a later export a later time, so that a console takes it as an update', async () => {
    const { send, time } = await withFindings();
    time.now = '2026-03-01T12:00:00.000Z';
    const [first] = (await (await send('GET', '/api/export?format=asff')).json()) as AsffFinding[];
    expect(first?.UpdatedAt).toBe('2026-03-01T12:00:00.000Z');
  });

  it('gives every finding as OCSF', async () => {
    const { send, local, aws } = await withFindings();
    const events = (await (await send('GET', '/api/export?format=ocsf')).json()) as OcsfFinding[];
    expect(events.flatMap(ocsfProblems)).toEqual([]);
    expect(events).toMatchObject([
      { finding_info: { uid: local.id }, status: 'New' },
      { finding_info: { uid: aws.id }, status: 'Resolved', cloud: { account: { uid: '210987654321' } } },
    ]);
  });

  it('gives an empty array when there are none', async () => {
    const { send } = makeWorld();
    expect(await (await send('GET', '/api/export?format=asff')).text()).toBe('[]');
    expect(await (await send('GET', '/api/export?format=ocsf')).text()).toBe('[]');
  });

  it('refuses another format and names those there are', async () => {
    const { send } = makeWorld();
    const answer = await send('GET', '/api/export?format=xml');
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/format: .*json.*csv.*ocsf.*asff.*xml/);
  });
});
