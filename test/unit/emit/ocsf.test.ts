import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toOcsf } from '../../../core/emit/ocsf.ts';
import { OcsfFinding } from '../../../core/emit/ocsf-shape.ts';
import { aFinding } from '../../builders/finding.ts';
import { anyFinding, anyInstant, SECRET } from '../../support/emit/any-finding.ts';
import { ocsfProblems } from '../../support/emit/ocsf-rules.ts';

const CONTEXT = { updatedAt: '2026-03-01T09:00:11.000Z', networkInterface: null };

describe('a finding as an OCSF Detection Finding', () => {
  it('says what is open, why, and whose it is', () => {
    const finding = aFinding({ account: '210987654321', region: 'eu-west-1' });
    const event = toOcsf(finding, { ...CONTEXT, networkInterface: 'eni-0123456789abcdef0' });
    expect(event).toEqual({
      activity_id: 1,
      activity_name: 'Create',
      type_uid: 200401,
      type_name: 'Detection Finding: Create',
      category_uid: 2,
      category_name: 'Findings',
      class_uid: 2004,
      class_name: 'Detection Finding',
      time: 1_772_355_611_000,
      start_time: 1_772_355_610_000,
      severity_id: 4,
      severity: 'High',
      status_id: 1,
      status: 'New',
      status_detail: 'open',
      is_alert: true,
      message: 'Exposed high risk port: 192.0.2.3:6379 (redis)',
      metadata: {
        version: '1.4.0',
        product: { name: 'Portcullis', vendor_name: 'Portcullis' },
        profiles: ['cloud'],
      },
      cloud: {
        provider: 'AWS',
        region: 'eu-west-1',
        account: { uid: '210987654321', type_id: 10, type: 'AWS Account' },
      },
      finding_info: {
        uid: finding.id,
        title: 'Exposed high risk port: 192.0.2.3:6379 (redis)',
        desc:
          'Open since 2026-03-01T09:00:10.000Z. The port is open and a firewall rule admits it. Widest source: internet. ' +
          'Admitted by nftables:input from 0.0.0.0/0. Owner: payments.',
        types: ['high-risk-port'],
        created_time: 1_772_355_610_000,
        modified_time: 1_772_355_611_000,
        first_seen_time: 1_772_355_610_000,
        last_seen_time: 1_772_355_610_000,
        analytic: { uid: 'portcullis/high-risk-port', type_id: 1, type: 'Rule' },
      },
      resources: [
        {
          uid: 'arn:aws:ec2:eu-west-1:210987654321:network-interface/eni-0123456789abcdef0',
          name: '192.0.2.3:6379',
          type: 'AwsEc2NetworkInterface',
          ip: '192.0.2.3',
          region: 'eu-west-1',
          owner: { name: 'payments' },
        },
      ],
      evidences: [
        {
          dst_endpoint: { ip: '192.0.2.3', port: 6379, svc_name: 'redis' },
          connection_info: { direction_id: 1, direction: 'Inbound', protocol_name: 'tcp', protocol_num: 6 },
          data: {
            verdict: 'confirmed',
            breadth: 'internet',
            admittedBy: [{ ruleId: 'nftables:input', source: '0.0.0.0/0', breadth: 'internet' }],
            whitelistedBy: null,
          },
        },
      ],
      observables: [{ name: 'evidences[0].dst_endpoint.ip', type_id: 2, type: 'IP Address', value: '192.0.2.3' }],
      remediation: { desc: expect.stringContaining(`portcullis plan ${finding.id}`) as string },
      unmapped: {
        account: '210987654321',
        region: 'eu-west-1',
        occurrence: 1,
        alertedAt: null,
        approvedAt: null,
        changedAt: null,
        verifiedAt: null,
        closedAt: null,
      },
    });
  });

  it.each([
    ['open', 1, 1, 'New', true, 1],
    ['open', 7, 1, 'New', true, 2],
    ['closing', 7, 2, 'In Progress', true, 2],
    ['whitelisted', 7, 3, 'Suppressed', false, 2],
    ['closed', 7, 4, 'Resolved', false, 3],
    ['closed', 1, 4, 'Resolved', false, 3],
  ] as const)(
    'that is %s, version %d, has status %d %s',
    (status, version, status_id, caption, is_alert, activity_id) => {
      expect(toOcsf(aFinding({ status, version }), CONTEXT)).toMatchObject({
        status_id,
        status: caption,
        is_alert,
        activity_id,
        type_uid: 200_400 + activity_id,
      });
    },
  );

  it.each([
    ['info', 1],
    ['low', 2],
    ['medium', 3],
    ['high', 4],
    ['critical', 5],
  ] as const)('of severity %s has severity_id %d', (severity, severity_id) => {
    expect(toOcsf(aFinding({ severity }), CONTEXT)).toMatchObject({ severity_id });
  });

  it('of one machine has no cloud, and its address as resource', () => {
    const event = toOcsf(aFinding({ owner: null, service: null }), { ...CONTEXT, networkInterface: 'eth0' });
    expect(event).not.toHaveProperty('cloud');
    expect(event.metadata).not.toHaveProperty('profiles');
    expect(event.resources).toEqual([{ uid: '192.0.2.3', name: '192.0.2.3:6379', type: 'Address', ip: '192.0.2.3' }]);
    expect(ocsfProblems(event)).toEqual([]);
  });

  it('that is closed ends when it was closed', () => {
    const closed = aFinding({ status: 'closed', closedAt: '2026-03-01T10:00:00.000Z' });
    expect(toOcsf(closed, CONTEXT).end_time).toBe(1_772_359_200_000);
  });

  it('with an address that is none is an error that names it', () => {
    expect(() => toOcsf(aFinding({ address: '192.0.2' }), CONTEXT)).toThrow('"192.0.2" is not an IP address');
  });

  it('with a time that is none is an error that names it', () => {
    expect(() => toOcsf(aFinding({ observedAt: '' }), CONTEXT)).toThrow('is not an ISO 8601 instant');
  });

  it('is valid whatever people wrote, the same for the same input, and carries no token', () => {
    fc.assert(
      fc.property(
        anyFinding,
        anyInstant,
        fc.option(fc.constantFrom('eni-0123456789abcdef0', 'eth0', ''), { nil: null }),
        (finding, updatedAt, networkInterface) => {
          const event = toOcsf(finding, { updatedAt, networkInterface });
          const text = JSON.stringify(event);
          expect(ocsfProblems(JSON.parse(text))).toEqual([]);
          expect(OcsfFinding.parse(event)).toEqual(event);
          expect(text).not.toContain(SECRET);
          expect(JSON.stringify(toOcsf(structuredClone(finding), { updatedAt, networkInterface }))).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('the rules the tests hold it to', () => {
  const good = toOcsf(aFinding({ account: '210987654321', region: 'eu-west-1' }), CONTEXT);

  it.each([
    ['a missing required attribute', { time: undefined }, 'event.time is missing'],
    ['an unknown attribute', { sevrity: 'High' }, 'event.sevrity is no attribute of detection_finding'],
    ['a caption of another value', { status: 'Resolved' }, 'event.status is not "New"'],
    ['a value outside an enum', { severity_id: 7 }, 'event.severity_id 7 is not in its enum'],
    ['seconds with a fraction', { time: 1.5 }, 'event.time is not of type timestamp'],
    ['the profile without its object', { cloud: undefined }, 'event.cloud is missing'],
    [
      'the object without its profile',
      { metadata: { ...good.metadata, profiles: [] } },
      'event.cloud needs the profile cloud',
    ],
    ['one thing where there may be several', { resources: good.resources[0] }, 'event.resources is no array'],
    [
      'an object with neither name nor uid',
      { resources: [{ ip: '192.0.2.3' }] },
      'event.resources[0] has none of name, uid',
    ],
  ])('refuse %s', (_, wrong, problem) => {
    expect(ocsfProblems(good)).toEqual([]);
    expect(ocsfProblems({ ...good, ...wrong })).toContain(problem);
  });
});
