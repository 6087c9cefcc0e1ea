import { afterAll, beforeAll } from 'vitest';
import { enterNamespace, inside } from '../lab/enter.ts';
import { inNamespace, ip } from '../lab/commands.ts';
import { INTERFACE, type Lab, makeLab } from '../lab/lab.ts';
import type { ContractPlace, Counted } from './contract-place.ts';
import { aClosedPort, aListener } from './engine.ts';
import { aClosedUdpPort, aUdpResponder } from './udp.ts';

/** On the same network; nobody has it. */
const NOBODY = '10.213.200.200';
const ICMP_UNLIMITED = [
  'net.ipv4.icmp_ratelimit=0',
  'net.ipv4.icmp_msgs_per_sec=1000000',
  'net.ipv4.icmp_msgs_burst=100000',
  'net.ipv6.icmp.ratelimit=0',
];
const SILENT = 9_000;
const HOSTS = 3;
/** What asks, of any protocol: answers to answers and errors are none. */
const PROBES = [
  'tcp flags & (syn | ack) == syn',
  'meta l4proto udp',
  'icmp type { echo-request, timestamp-request }',
  'icmpv6 type echo-request',
];
const RULES = `
table inet contract {
  chain probes { type filter hook prerouting priority -300;
    ${PROBES.map((probe) => `${probe} goto counted`).join('\n    ')}
  }
  chain counted { }
  chain input { type filter hook input priority 0; }
}
`;

/**
 * A machine at the other end of an Ethernet link, in namespaces of its own; the tests of the `describe` that calls this run at this end of
 * it, engines, threads and programs with them. Needs root, ip and nft.
 */
export function linkPlace(protocol: 'tcp' | 'udp' = 'tcp'): ContractPlace {
  let lab: Lab | undefined;
  let leave = (): void => undefined;
  const there = (): Lab => {
    if (lab === undefined) throw new Error('the link is made before the first test');
    return lab;
  };
  beforeAll(async () => {
    lab = await makeLab({ hosts: HOSTS });
    for (const limit of ICMP_UNLIMITED) inNamespace(lab.target, ['sysctl', '-qwe', limit]);
    inNamespace(lab.target, ['nft', '-f', '-'], RULES);
    const silent = `ip daddr ${lab.targets.v4[0]} meta l4proto { tcp, udp } th dport ${SILENT} drop`;
    inNamespace(lab.target, ['nft', `add rule inet contract input ${silent}`]);
    // What is sent anywhere else than to the targets arrives there too, and is counted.
    ip('-n', lab.scanner, 'route', 'add', 'default', 'via', lab.targets.v4[0] ?? '', 'dev', INTERFACE);
    leave = enterNamespace(lab.scanner);
  }, 60_000);
  afterAll(async () => {
    leave();
    await lab?.remove();
  });
  const at =
    <T>(work: (address: string) => Promise<T>) =>
    (address = there().targets.v4[0] ?? ''): Promise<T> =>
      inside(there().target, () => work(address));
  return {
    protocol,
    nobody: NOBODY,
    get addresses(): readonly [string, string, string] {
      const [first = '', second = '', third = ''] = there().targets.v4;
      return [first, second, third];
    },
    get six() {
      return there().targets.v6[0] ?? '';
    },
    listener: at(protocol === 'tcp' ? aListener : aUdpResponder),
    closed: at(protocol === 'tcp' ? aClosedPort : aClosedUdpPort),
    silent: async () => SILENT,
    ...(protocol === 'tcp' ? { reason: 'ECONNREFUSED', probes: 3 } : { reason: 'icmp-port-unreachable', probes: 5 }),
    unknowable: [],
    fullRate: 20_000,
    count: async (what) => countIn(there().target, what),
  };
}

let counters = 0;

function countIn(namespace: string, { address, ports, over }: Counted): () => Promise<number> {
  counters += 1;
  const name = `n${counters}`;
  const match = [
    address === undefined ? '' : `${address.includes(':') ? 'ip6' : 'ip'} daddr ${address}`,
    ports === undefined ? '' : `th dport { ${ports} }`,
    over === undefined ? '' : `limit rate over ${over}/second burst ${Math.ceil(over / 2)} packets`,
  ];
  const rule = `add counter inet contract ${name}; add rule inet contract counted ${match.join(' ')} counter name ${name}`;
  inNamespace(namespace, ['nft', rule]);
  return async () => {
    const text = inNamespace(namespace, ['nft', 'list', 'counter', 'inet', 'contract', name]);
    return Number(/packets (\d+)/.exec(text)?.[1] ?? Number.NaN);
  };
}
