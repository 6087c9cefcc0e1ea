import { describe, expect, it } from 'vitest';
import { cloudAssets, type OwnerOf } from '../../../core/assets/cloud-assets.ts';
import { ownerFromTags } from '../../../core/assets/owner-tags.ts';
import { aCloudNetwork, anInterface } from '../../builders/cloud-network.ts';

const byTags: OwnerOf = (_address, tags) => ownerFromTags(tags);
const addressesOf = (...args: Parameters<typeof cloudAssets>) => cloudAssets(...args).map(({ address }) => address);

describe('addresses of a cloud network', () => {
  it('an address is told with where it is, what it belongs to and whose it is', () => {
    const network = aCloudNetwork();
    const tagged = {
      ...network,
      interfaces: [anInterface({ tags: { Name: 'eth0' } })],
      instances: [{ id: 'i-1', state: 'running', tags: { Name: 'web-1', Owner: 'payments' } }],
      elasticAddresses: [
        { allocationId: 'eipalloc-1', address: '192.0.2.10', interfaceId: 'eni-1', tags: { cost: '42' } },
      ],
    };
    expect(cloudAssets(tagged, byTags)).toEqual([
      {
        address: '192.0.2.10',
        account: '111122223333',
        region: 'eu-west-1',
        networkInterface: 'eni-1',
        owner: 'payments',
        ownerEmail: null,
        tags: {
          Name: 'eth0',
          Owner: 'payments',
          cost: '42',
          'cloud:vpc': 'vpc-1',
          'cloud:subnet': 'subnet-1',
          'cloud:instance': 'i-1',
          'cloud:instance-state': 'running',
          'cloud:elastic-ip': 'eipalloc-1',
        },
        source: 'inventory',
        exposed: true,
        learnedAt: '2026-03-01T09:00:00.000Z',
      },
    ]);
  });

  it('primary, secondary and IPv6 addresses count; private ones and local IPv6 do not', () => {
    const eni = anInterface({
      ipv4: [
        { private: '10.0.1.10', public: '198.18.0.1', primary: true },
        { private: '10.0.1.11', public: '198.18.0.2', primary: false },
        { private: '10.0.1.12', public: null, primary: false },
      ],
      ipv6: ['2a05:d018::1', 'fd00::1', 'fe80::1'],
    });
    const network = aCloudNetwork({ interfaces: [eni, anInterface({ id: 'eni-2', ipv4: [] })] });
    expect(addressesOf(network, byTags)).toEqual(['198.18.0.1', '198.18.0.2', '2a05:d018::1']);
  });

  it('an elastic IP in 127.0.0.0/8, as moto gives them, is as exposed as any', () => {
    const eni = anInterface({ ipv4: [{ private: '10.0.1.10', public: '127.1.2.3', primary: true }] });
    expect(cloudAssets(aCloudNetwork({ interfaces: [eni] }), byTags)).toMatchObject([
      { address: '127.1.2.3', exposed: true },
    ]);
  });

  it('an elastic IP on no interface leads nowhere and is left out', () => {
    const waiting = { allocationId: 'eipalloc-2', address: '198.18.0.9', interfaceId: null, tags: {} };
    expect(addressesOf(aCloudNetwork({ elasticAddresses: [waiting] }), byTags)).toEqual(['192.0.2.10']);
  });

  it('an address of a load balancer belongs to it', () => {
    const front = {
      arn: 'arn:front',
      name: 'front',
      kind: 'application' as const,
      internetFacing: true,
      vpcId: 'vpc-1',
      subnetIds: [],
      groupIds: [],
      dnsName: 'front.example.com',
      interfaceIds: ['eni-1'],
      listeners: [],
      tags: { team: 'web' },
    };
    const network = aCloudNetwork({ interfaces: [anInterface({ instanceId: null })], loadBalancers: [front] });
    expect(cloudAssets(network, byTags)).toMatchObject([
      { owner: 'web', tags: { team: 'web', 'cloud:load-balancer': 'arn:front' } },
    ]);
  });

  it('tags cannot pretend where an address belongs', () => {
    const eni = anInterface({ tags: { 'cloud:vpc': 'vpc-of-someone' } });
    expect(cloudAssets(aCloudNetwork({ interfaces: [eni] }), byTags)[0]?.tags['cloud:vpc']).toBe('vpc-1');
  });

  it('two interfaces with one address are one asset', () => {
    const network = aCloudNetwork({ interfaces: [anInterface(), anInterface({ id: 'eni-2' })] });
    expect(addressesOf(network, byTags)).toEqual(['192.0.2.10']);
  });
});

describe('owners by tags', () => {
  it.each([
    [{ owner: 'payments' }, 'payments', null],
    [{ Owner: ' payments ', 'owner-email': 'p@example.com' }, 'payments', 'p@example.com'],
    [{ team: 'web', OWNER: 'payments' }, 'payments', null],
    [{ Team: 'web', contact: 'not an address' }, 'web', null],
    [{ owner: 'zoe@example.com' }, 'zoe@example.com', 'zoe@example.com'],
    [{ Email: 'zoe@example.com' }, 'zoe@example.com', 'zoe@example.com'],
    [{ 'Service Owner': 'core' }, 'core', null],
  ])('%j', (tags, owner, email) => {
    expect(ownerFromTags([tags as Record<string, string>])).toEqual({ owner, email });
  });

  it('the most specific object that names an owner decides', () => {
    expect(ownerFromTags([{ Name: 'x' }, { owner: '  ' }, { team: 'web' }, { owner: 'network' }])?.owner).toBe('web');
  });

  it('without such a tag nobody is known', () => {
    expect(ownerFromTags([{ Name: 'x', ownership: 'y' }, {}])).toBeNull();
    expect(ownerFromTags([])).toBeNull();
  });
});
