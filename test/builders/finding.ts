import { type Finding, findingIdOf } from '../../core/findings/finding.ts';

/** 192.0.2.3:6379 of payments, opened at 09:00:10, let in from everywhere, not told yet. */
export function aFinding(over: Partial<Finding> = {}): Finding {
  const { account, region, address, protocol, port } = {
    account: 'local',
    region: 'local',
    address: '192.0.2.3',
    protocol: 'tcp' as const,
    port: 6379,
    ...over,
  };
  return {
    id: findingIdOf(account, region, address, protocol, port),
    version: 1,
    account,
    region,
    address,
    protocol,
    port,
    class: 'high-risk-port',
    severity: 'high',
    verdict: 'confirmed',
    status: 'open',
    service: 'redis',
    owner: 'payments',
    ownerEmail: 'payments@example.com',
    exposed: true,
    admittedBy: [{ ruleId: 'nftables:input', source: '0.0.0.0/0', breadth: 'internet' }],
    openedBy: null,
    whitelistedBy: null,
    baseline: false,
    transition: 1,
    occurrence: 1,
    untold: [{ kind: 'opened', occurrence: 1, at: '2026-03-01T09:00:10.000Z', note: null }],
    approvalId: null,
    planId: null,
    openedAt: '2026-03-01T09:00:10.000Z',
    observedAt: '2026-03-01T09:00:10.000Z',
    alertedAt: null,
    approvedAt: null,
    changedAt: null,
    verifiedAt: null,
    closedAt: null,
    ...over,
  };
}
