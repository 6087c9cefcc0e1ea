import { beforeEach, describe, expect, it } from 'vitest';
import { CloudAssetSource } from '../../../core/assets/cloud-asset-source.ts';
import type { CloudNetwork, Place } from '../../../core/cloud/network.ts';
import { AccessDenied } from '../../../core/errors.ts';
import { refreshAssets } from '../../../core/stages/refresh-assets.ts';
import { anAsset } from '../../builders/asset.ts';
import { aCloudNetwork, anInterface } from '../../builders/cloud-network.ts';
import { makeMemoryStores } from '../../support/memory/stores.ts';

const IRELAND: Place = { account: '111122223333', region: 'eu-west-1' };
const OHIO: Place = { account: '444455556666', region: 'us-east-2' };

let stores: ReturnType<typeof makeMemoryStores>;
let networks: Map<Place, CloudNetwork | Error>;
let said: unknown[];

beforeEach(() => {
  stores = makeMemoryStores();
  networks = new Map([
    [IRELAND, aNetworkOf(IRELAND, '192.0.2.10')],
    [OHIO, aNetworkOf(OHIO, '192.0.2.20', '192.0.2.21')],
  ]);
  said = [];
});

function aNetworkOf(place: Place, ...addresses: string[]): CloudNetwork {
  const ipv4 = addresses.map((outside, i) => ({ private: `10.0.1.${i + 1}`, public: outside, primary: i === 0 }));
  return aCloudNetwork({ ...place, interfaces: [anInterface({ ipv4 })] });
}

function aSource(settings: Partial<ConstructorParameters<typeof CloudAssetSource>[0]> = {}): CloudAssetSource {
  return new CloudAssetSource(
    { owners: [], exclude: [], ...settings },
    {
      reader: {
        places: [IRELAND, OHIO],
        async readAll(place) {
          const found = networks.get(place)!;
          if (found instanceof Error) throw found;
          return found;
        },
        readAround: () => Promise.reject(new Error('not asked for')),
      },
      assets: stores.assets,
      log: {
        info: (message, fields) => void said.push({ message, ...fields }),
        warn: (message, fields) => void said.push({ warning: message, ...fields }),
      },
    },
  );
}

const refresh = async (settings = {}) =>
  (await refreshAssets({ source: aSource(settings), assets: stores.assets })).map(({ address }) => address);
const stored = async () => (await stores.assets.list()).map(({ address }) => address).sort();

describe('the inventory of cloud accounts', () => {
  it('lists the addresses of every place', async () => {
    expect(await refresh()).toEqual(['192.0.2.10', '192.0.2.20', '192.0.2.21']);
    expect(await stored()).toEqual(['192.0.2.10', '192.0.2.20', '192.0.2.21']);
    expect(said).toEqual([]);
  });

  it('an address that is listed no longer is released: it leaves the store, and that is said', async () => {
    await refresh();
    networks.set(OHIO, aNetworkOf(OHIO, '192.0.2.20'));
    expect(await refresh()).toEqual(['192.0.2.10', '192.0.2.20']);
    expect(await stored()).toEqual(['192.0.2.10', '192.0.2.20']);
    expect(said).toEqual([
      { message: 'an address is no longer ours', address: '192.0.2.21', ...OHIO, networkInterface: 'eni-1' },
    ]);
  });

  it('where a place cannot be read nothing is released, and the operator is told which and why', async () => {
    await refresh();
    networks.set(OHIO, new AccessDenied('the role of account 444455556666 could not be assumed'));
    networks.set(IRELAND, aNetworkOf(IRELAND, '192.0.2.11'));
    expect(await refresh()).toEqual(['192.0.2.11', '192.0.2.20', '192.0.2.21']);
    expect(await stored()).toEqual(['192.0.2.11', '192.0.2.20', '192.0.2.21']);
    expect(said).toEqual([
      {
        warning: 'an account is not read; its last known addresses stay',
        ...OHIO,
        reason: 'the role of account 444455556666 could not be assumed',
      },
      { message: 'an address is no longer ours', address: '192.0.2.10', ...IRELAND, networkInterface: 'eni-1' },
    ]);
  });

  it('where no place can be read everything stays', async () => {
    await refresh();
    for (const place of [IRELAND, OHIO]) networks.set(place, new Error('throttled'));
    expect(await refresh()).toEqual(['192.0.2.10', '192.0.2.20', '192.0.2.21']);
    expect(said).toHaveLength(2);
  });

  it('an address that moved to another account is listed there, although its old account cannot be read', async () => {
    await refresh();
    networks.set(OHIO, new Error('throttled'));
    networks.set(IRELAND, aNetworkOf(IRELAND, '192.0.2.10', '192.0.2.20'));
    const assets = await aSource().list();
    expect(assets.map(({ address, account }) => [address, account])).toEqual([
      ['192.0.2.10', IRELAND.account],
      ['192.0.2.20', IRELAND.account],
      ['192.0.2.21', OHIO.account],
    ]);
  });

  it('addresses of places that are watched no longer are released', async () => {
    await stores.assets.putAll([anAsset({ address: '192.0.2.99', source: 'inventory', account: '777788889999' })]);
    await refresh();
    expect(await stored()).toEqual(['192.0.2.10', '192.0.2.20', '192.0.2.21']);
  });

  it('assets of other sources are not ours to release', async () => {
    await stores.assets.putAll([anAsset({ address: '192.0.2.98', source: 'scan' })]);
    await refresh();
    expect(await stored()).toContain('192.0.2.98');
    expect(said).toEqual([]);
  });

  it('excluded and never scanned addresses are left out, last known ones too', async () => {
    networks.set(IRELAND, aNetworkOf(IRELAND, '169.254.169.254', '192.0.2.10', '192.0.2.11'));
    await refresh();
    networks.set(OHIO, new Error('throttled'));
    expect(await refresh({ exclude: ['192.0.2.11', '192.0.2.20'] })).toEqual(['192.0.2.10', '192.0.2.21']);
  });

  it('configured owners come before tags', async () => {
    const network = aNetworkOf(IRELAND, '192.0.2.10', '192.0.2.11');
    networks.set(IRELAND, {
      ...network,
      interfaces: network.interfaces.map((eni) => ({ ...eni, tags: { owner: 'by-tag' } })),
    });
    const owners = [{ match: '192.0.2.10', owner: 'payments', email: 'payments@example.com' }];
    const assets = await aSource({ owners }).list();
    expect(assets.slice(0, 2).map(({ owner, ownerEmail }) => [owner, ownerEmail])).toEqual([
      ['payments', 'payments@example.com'],
      ['by-tag', null],
    ]);
  });

  it('every call that was refused is said', async () => {
    networks.set(IRELAND, { ...aNetworkOf(IRELAND, '192.0.2.10'), unread: ['ec2:DescribeVpcs was refused.'] });
    await refresh();
    expect(said).toEqual([
      { warning: 'a call to the cloud is refused', ...IRELAND, reason: 'ec2:DescribeVpcs was refused.' },
    ]);
  });
});
