import { beforeEach, describe, expect, it } from 'vitest';
import { ConfiguredAssets } from '../../../core/assets/configured-assets.ts';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import type { Settings } from '../../../core/config/settings.ts';
import { BadInput } from '../../../core/errors.ts';
import { refreshAssets } from '../../../core/stages/refresh-assets.ts';
import { watchedAssets } from '../../../core/stages/watched-assets.ts';
import { anAsset } from '../../builders/asset.ts';
import { StageWorld } from '../../support/stages/world.ts';

let world: StageWorld;
let names: Record<string, string[]>;
let files: Record<string, string>;

beforeEach(() => {
  world = new StageWorld();
  names = { 'edge.example.com': ['192.0.2.20', '2001:db8::20'] };
  files = {};
});

function configured(settings: Partial<Settings>): ConfiguredAssets {
  return new ConfiguredAssets(
    { ...DEFAULT_SETTINGS, ...settings },
    {
      ...world.ports,
      resolver: {
        async resolveHost(name) {
          const found = names[name];
          if (!found) throw new BadInput(`The host name "${name}" does not resolve.`);
          return found;
        },
        async readFile(path) {
          const text = files[path];
          if (text === undefined) throw new BadInput(`The target file "${path}" cannot be read.`);
          return text;
        },
      },
      interfaces: {
        list: async () => [
          { address: '127.0.0.1', interface: 'lo' },
          { address: '::1', interface: 'lo' },
          { address: 'fe80::1', interface: 'eth0' },
          { address: '198.51.100.7', interface: 'eth0' },
        ],
      },
    },
  );
}

const addressesOf = async (settings: Partial<Settings>) =>
  (await configured(settings).list()).map(({ address }) => address);

describe('without targets', () => {
  it('this machine is watched, loopback last and not exposed, link-local never', async () => {
    const assets = await configured({}).list();
    expect(assets.map(({ address, exposed }) => [address, exposed])).toEqual([
      ['198.51.100.7', true],
      ['127.0.0.1', false],
      ['::1', false],
    ]);
  });

  it('says so when everything of it is excluded', async () => {
    await expect(configured({ exclude: ['0.0.0.0/0', '::/0'] }).assertAll()).rejects.toThrow(
      'every address of this machine is excluded',
    );
  });
});

describe('targets', () => {
  it('are addresses, names and files, each owned by its narrowest rule, exclusions out', async () => {
    files['list.txt'] = '# ours\n192.0.2.1 # web\n192.0.2.2\n';
    const settings = {
      targets: ['192.0.2.0/30', 'edge.example.com', '@list.txt'],
      exclude: ['192.0.2.3'],
      owners: [
        { match: '192.0.2.0/24', owner: 'payments', email: 'p@example.com' },
        { match: '192.0.2.20', owner: 'edge team', email: null },
      ],
    };
    expect(await addressesOf(settings)).toEqual(['192.0.2.0', '192.0.2.1', '192.0.2.2', '192.0.2.20', '2001:db8::20']);
    const owners = new Map((await configured(settings).list()).map(({ address, owner }) => [address, owner]));
    expect([owners.get('192.0.2.1'), owners.get('192.0.2.20'), owners.get('2001:db8::20')]).toEqual([
      'payments',
      'edge team',
      null,
    ]);
  });

  it('named by hand are exposed, loopback too', async () => {
    expect((await configured({ targets: ['127.7.7.9'] }).list())[0]).toMatchObject({ exposed: true, source: 'config' });
  });

  it('that no longer resolve are not watched; the others are, and the operator is told', async () => {
    const settings = { targets: ['192.0.2.1', 'edge.example.com'] };
    names = {};
    expect(await addressesOf(settings)).toEqual(['192.0.2.1']);
    expect(world.warnings).toEqual(['a target is not watched']);
    await expect(configured(settings).assertAll()).rejects.toThrow('"edge.example.com" does not resolve');
    await expect(configured({ targets: ['edge.example.com'] }).list()).rejects.toThrow('does not resolve');
  });

  it.each([
    [{ targets: ['169.254.169.254'] }, '169.254.169.254 is never scanned'],
    [{ targets: ['192.0.2.1'], exclude: ['192.0.2.0/24'] }, 'No target is left'],
    [{ targets: ['10.0.0.0/8'] }, '--yes-large'],
    [{ targets: ['label:PORT_OPEN'] }, 'label:PORT_OPEN is a set of watched addresses'],
  ])('%j: %s', async (settings, message) => {
    await expect(configured(settings).assertAll()).rejects.toThrow(message);
  });

  it('in files that include each other end with an error', async () => {
    files['a'] = '@b';
    files['b'] = '@a';
    await expect(configured({ targets: ['@a'] }).assertAll()).rejects.toThrow('4 deep');
  });
});

describe('those among addresses', () => {
  it('are the ones that are watched, once each and as the list has them', async () => {
    const settings = {
      targets: ['192.0.2.0/30', 'edge.example.com', 'gone.example.com', '169.254.169.254'],
      exclude: ['192.0.2.3'],
      owners: [{ match: '192.0.2.0/24', owner: 'payments', email: 'p@example.com' }],
    };
    const asked = ['192.0.2.20', '192.0.2.3', '192.0.2.1', '198.51.100.7', '192.0.2.1', '169.254.169.254'];
    const found = await configured(settings).among(asked);
    expect(found.map(({ address }) => address)).toEqual(['192.0.2.20', '192.0.2.1']);
    const listed = await configured({ ...settings, targets: settings.targets.slice(0, 2) }).list();
    for (const asset of found) expect(listed).toContainEqual(asset);
    expect(world.warnings).toEqual(['a target is not watched']);
  });

  it('without targets are the addresses of this machine, unless accounts are watched', async () => {
    const asked = ['127.0.0.1', '192.0.2.1', '198.51.100.7'];
    expect(await configured({}).among(asked)).toMatchObject([
      { address: '198.51.100.7', exposed: true, source: 'interfaces' },
      { address: '127.0.0.1', exposed: false, source: 'interfaces' },
    ]);
    const aws = { regions: ['eu-west-1'] } as unknown as NonNullable<Settings['aws']>;
    expect(await configured({ aws }).among(asked)).toEqual([]);
    expect(await configured({ aws }).list()).toEqual([]);
    await expect(configured({ aws }).assertAll()).resolves.toBeUndefined();
  });

  it('of none need no look at anything', async () => {
    expect(await configured({ targets: ['gone.example.com'] }).among([])).toEqual([]);
    expect(world.warnings).toEqual([]);
  });
});

describe('refreshing what is stored', () => {
  it('adds what is new, takes out what is no longer ours, keeps what somebody scanned by hand', async () => {
    await world.stores.assets.putAll([
      anAsset({ address: '192.0.2.9', source: 'config' }),
      anAsset({ address: '203.0.113.5', source: 'scan' }),
    ]);
    const source = { list: async () => [anAsset({ address: '192.0.2.1', source: 'config' })] };
    await refreshAssets({ source, assets: world.stores.assets });
    expect((await world.stores.assets.list()).map(({ address }) => address).toSorted()).toEqual([
      '192.0.2.1',
      '203.0.113.5',
    ]);
  });

  it('happens at most once a minute, and an error is not remembered', async () => {
    let calls = 0;
    let broken = true;
    const source = {
      list: async () => {
        calls += 1;
        if (broken) throw new Error('DNS');
        return [anAsset()];
      },
    };
    const watched = watchedAssets({ ...world.ports, source });
    await expect(watched()).rejects.toThrow('DNS');
    broken = false;
    await watched();
    await watched();
    expect(calls).toBe(2);
    world.later(60_000);
    await watched();
    expect(calls).toBe(3);
  });
});
