import { type Admitted, hashOfPairs } from '../../core/exposure/admitted.ts';

/** 198.51.100.7 lets everyone in to tcp 22, by group sg-1 on eni-1. */
export function anAdmitted(over: Partial<Admitted> = {}): Admitted {
  const pairs = over.pairs ?? [{ protocol: 'tcp', ports: '22', breadth: 'internet' }];
  return {
    address: '198.51.100.7',
    version: 1,
    account: '123456789012',
    region: 'eu-central-1',
    interfaceId: 'eni-1',
    groupIds: ['sg-1'],
    pairs,
    hash: hashOfPairs(pairs),
    at: '2026-03-01T09:00:00.000Z',
    gain: null,
    ...over,
  };
}
