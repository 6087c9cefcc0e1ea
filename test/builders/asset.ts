import type { Asset } from '../../core/assets/asset.ts';

export function anAsset(over: Partial<Asset> = {}): Asset {
  return {
    address: '192.0.2.3',
    account: 'local',
    region: 'local',
    networkInterface: 'eth0',
    owner: 'payments',
    ownerEmail: 'payments@example.com',
    tags: {},
    source: 'config',
    exposed: true,
    learnedAt: '2026-03-01T09:00:00.000Z',
    ...over,
  };
}
