import { expect, it } from 'vitest';
import { SecurityGroupsFirewall } from '../../../../core/remediation/security-groups/security-groups-firewall.ts';
import { anAsset } from '../../../builders/asset.ts';
import { aCloudNetwork, aRule } from '../../../builders/cloud-network.ts';
import { FakeCloud } from '../../../support/remediation/fake-cloud.ts';

const ADDRESS = '192.0.2.10';

function firewallOn(cloud: FakeCloud, now: () => string): SecurityGroupsFirewall {
  return new SecurityGroupsFirewall({
    reader: cloud,
    changer: null,
    assets: { get: async () => anAsset({ account: cloud.network.account, region: cloud.network.region }) },
    clock: { now },
    wait: async () => undefined,
    reasonNotToChange: () => null,
  });
}

it('a port is never explained by rules that were read before it was seen', async () => {
  const cloud = new FakeCloud(aCloudNetwork());
  let now = '2026-03-01T09:00:00.000Z';
  const firewall = firewallOn(cloud, () => now);
  expect(await firewall.admissions(ADDRESS, 8080, 'tcp')).toEqual([]);

  cloud.edit('sg-1', (rules) => [...rules, aRule({ id: 'sgr-new', fromPort: 8080, toPort: 8080 })]);
  now = '2026-03-01T09:00:02.000Z';
  expect(await firewall.admissions(ADDRESS, 8080, 'tcp', '2026-03-01T09:00:00.000Z')).toEqual([]);
  expect(await firewall.admissions(ADDRESS, 8080, 'tcp', '2026-03-01T09:00:01.000Z')).toEqual([
    { ruleId: 'sgr-new', source: '0.0.0.0/0', breadth: 'internet' },
  ]);
});

it('a rule lets its own protocol in, and no other', async () => {
  const cloud = new FakeCloud(aCloudNetwork());
  cloud.edit('sg-1', () => [aRule({ id: 'sgr-udp', protocol: 'udp', fromPort: 161, toPort: 161 })]);
  const firewall = firewallOn(cloud, () => '2026-03-01T09:00:00.000Z');
  expect(await firewall.admissions(ADDRESS, 161, 'udp')).toMatchObject([{ ruleId: 'sgr-udp' }]);
  expect(await firewall.admissions(ADDRESS, 161, 'tcp')).toEqual([]);
});

it('rules for private networks do not explain what a scanner on the internet sees', async () => {
  const cloud = new FakeCloud(aCloudNetwork());
  cloud.edit('sg-1', () => [aRule({ fromPort: 22, toPort: 22, source: { kind: 'ipv4', cidr: '10.0.0.0/8' } })]);
  expect(await firewallOn(cloud, () => '2026-03-01T09:00:00.000Z').admissions(ADDRESS, 22, 'tcp')).toEqual([]);
});
