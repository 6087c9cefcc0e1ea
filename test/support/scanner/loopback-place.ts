import type { ContractPlace } from './contract-place.ts';
import { aClosedPort, aListener } from './engine.ts';
import { aSilentPort } from './silent-port.ts';
import { aClosedUdpPort, aSilentUdpPort, aUdpResponder } from './udp.ts';

/** TCP ports of this machine itself, which needs no privilege. */
export const LOOPBACK: ContractPlace = {
  protocol: 'tcp',
  addresses: ['127.0.0.1', '127.0.0.2', '127.9.8.7'],
  six: '::1',
  nobody: null,
  listener: aListener,
  closed: aClosedPort,
  silent: aSilentPort,
  reason: 'ECONNREFUSED',
  probes: 3,
  unknowable: [],
  fullRate: 1_000_000,
  // The firewall of this machine is not the tests' to change.
  count: null,
};

/** UDP ports of this machine itself. */
export const LOOPBACK_UDP: ContractPlace = {
  ...LOOPBACK,
  protocol: 'udp',
  listener: aUdpResponder,
  closed: aClosedUdpPort,
  silent: aSilentUdpPort,
  reason: 'icmp-port-unreachable',
  // The silent port is asked once more, and after it the closed one, to see that this host still sends ICMP errors.
  probes: 5,
  // The scanner's own port cannot ask itself.
  unknowable: ['self-connect'],
};
