import { hashOf } from '../../core/identity.ts';
import type { Plan, PlanBody } from '../../core/remediation/plan.ts';

/** Closes 192.0.2.3:6379 in nftables. */
export function aPlanBody(over: Partial<PlanBody> = {}): PlanBody {
  const { address, port } = { address: '192.0.2.3', port: 6379, ...over };
  return {
    findingId: 'f-0000000000000001',
    occurrence: 1,
    address,
    protocol: 'tcp',
    port,
    target: 'nftables:inet portcullis',
    place: null,
    admittedBy: [],
    before: { closed: false },
    after: { closed: true },
    steps: [{ op: 'close-port', address, protocol: 'tcp', port }],
    inverse: [{ op: 'open-port', address, protocol: 'tcp', port }],
    commands: [`nft add element inet portcullis closed4 '{ ${address} . tcp . ${port} }'`],
    inverseCommands: [`nft delete element inet portcullis closed4 '{ ${address} . tcp . ${port} }'`],
    commandsBy: 'as root',
    affected: [],
    needsPerson: null,
    sessions: 'Connections that are open now stay open until they end.',
    neighbours: [{ address, port: 8080 }],
    ...over,
  };
}

/** Proposed, not stored yet; its hash is the hash of its body. */
export function aPlan(over: Partial<Plan> = {}): Plan {
  const body = over.body ?? aPlanBody();
  return {
    id: 'p-0000000000000001',
    version: 0,
    hash: hashOf(body),
    body,
    state: 'proposed',
    note: null,
    createdAt: '2026-03-01T09:00:00.000Z',
    updatedAt: '2026-03-01T09:00:00.000Z',
    appliedAt: null,
    verifiedAt: null,
    verifications: 0,
    evidence: [],
    ...over,
  };
}
