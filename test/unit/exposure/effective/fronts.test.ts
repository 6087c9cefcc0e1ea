import { describe, expect, it } from 'vitest';
import type { CloudNetwork, LoadBalancer } from '../../../../core/cloud/network.ts';
import { admittedPairs, admittedPorts } from '../../../../core/exposure/effective/admitted.ts';
import { evaluateExposure } from '../../../../core/exposure/effective/evaluate.ts';
import {
  aCloudNetwork,
  aGroup,
  aListener,
  aLoadBalancer,
  aLoadBalancerInterface,
  aRule,
  aTarget,
  anInterface,
  from,
} from '../../../builders/cloud-network.ts';

/** The machine of `aCloudNetwork` behind a load balancer at 192.0.2.20; its port 8443 is open to `behind` only. */
function behind(
  sources: readonly string[],
  balancer: LoadBalancer = aLoadBalancer(),
  over: Partial<CloudNetwork> = {},
): CloudNetwork {
  const rules = sources.map((source, i) =>
    aRule({ id: `sgr-behind-${i}`, fromPort: 8443, toPort: 8443, source: from(source) }),
  );
  const port443 = aRule({ id: 'sgr-lb', groupId: 'sg-lb', fromPort: 0, toPort: 65_535 });
  return aCloudNetwork({
    interfaces: [anInterface(), aLoadBalancerInterface()],
    groups: [aGroup({ rules }), aGroup({ id: 'sg-lb', rules: [port443] })],
    loadBalancers: [balancer],
    ...over,
  });
}

const target = (network: CloudNetwork, port = 8443) =>
  evaluateExposure(network, { address: '192.0.2.10', protocol: 'tcp', port });
const outside = (network: CloudNetwork, port = 443, protocol: 'tcp' | 'udp' = 'tcp') =>
  evaluateExposure(network, { address: '192.0.2.20', protocol, port });

const network = (over: Partial<LoadBalancer> = {}) =>
  aLoadBalancer({ kind: 'network', groupIds: [], listeners: [aListener({ protocol: 'TCP' })], ...over });
const keeping = network({
  listeners: [aListener({ protocol: 'TCP', targets: [aTarget({ preservesClientIp: true })] })],
});

describe('a load balancer that leads to the port', () => {
  it('is a front with both ports, reached although the address itself is not', () => {
    const answer = target(behind(['sg-lb']));
    expect(answer).toMatchObject({ reachable: 'no', breadth: 'group' });
    expect(answer.fronts).toEqual([
      {
        loadBalancerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/1',
        loadBalancer: 'web',
        listenerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/web/1/1',
        protocol: 'HTTPS',
        outsidePort: 443,
        targetPort: 8443,
        targetId: 'i-1',
        preservesClientIp: false,
        reachable: 'yes',
        why: 'Port 443 of load balancer web leads to port 8443 of i-1; the internet reaches it.',
      },
    ]);
    expect(answer.steps.at(-1)).toMatchObject({
      name: 'front',
      verdict: 'pass',
      object: answer.fronts[0]?.loadBalancerArn,
    });
    expect(answer.steps.at(-2)?.why).toBe(
      'Nothing public is let in to tcp 8443, only sg-lb (sgr-behind-0, on the internet-facing load balancer web).',
    );
  });

  it.each([
    ['its group', 'sg-lb', 'yes'],
    ['its address', '10.0.1.20/32', 'yes'],
    ['its subnet', '10.0.1.0/24', 'yes'],
    ['another group', 'sg-9', 'no'],
    ['another subnet', '10.0.2.0/24', 'no'],
    ['clients, whom the target does not see', '8.8.8.0/24', 'no'],
    ['a list that was not read', 'pl-gone', 'unknown'],
  ])('is let in by the target when the target lets in %s', (_, source, reachable) => {
    expect(target(behind([source])).fronts.map((front) => front.reachable)).toEqual([reachable]);
  });

  it('is not told for other ports of the target, other protocols and internal load balancers', () => {
    expect(target(behind(['sg-lb']), 443).fronts).toEqual([]);
    const asked = { address: '192.0.2.10', protocol: 'udp', port: 8443 } as const;
    expect(evaluateExposure(behind(['sg-lb']), asked).fronts).toEqual([]);
    expect(target(behind(['sg-lb'], aLoadBalancer({ internetFacing: false }))).fronts).toEqual([]);
  });

  it('finds a target that is registered by its address', () => {
    const listeners = [aListener({ targets: [aTarget({ id: '10.0.1.10' })] })];
    expect(target(behind(['sg-lb'], aLoadBalancer({ listeners }))).fronts).toMatchObject([
      { targetId: '10.0.1.10', reachable: 'yes' },
    ]);
  });

  it('that keeps the client’s address needs a target that lets the clients in', () => {
    expect(target(behind(['0.0.0.0/0'], keeping)).fronts).toMatchObject([
      { preservesClientIp: true, reachable: 'yes' },
    ]);
    expect(target(behind(['sg-lb', '10.0.0.0/8'], keeping)).fronts).toMatchObject([{ reachable: 'no' }]);
    expect(target(behind(['0.0.0.0/0'], keeping, { acls: [] })).fronts).toMatchObject([{ reachable: 'unknown' }]);
  });

  it('lets the clients of both sides only: what its group admits and what the target admits', () => {
    const some = behind(['1.0.0.0/8'], network({ ...keeping, groupIds: ['sg-lb'] }));
    const closed = {
      ...some,
      groups: [
        ...some.groups.slice(0, 1),
        aGroup({
          id: 'sg-lb',
          rules: [aRule({ groupId: 'sg-lb', fromPort: 443, toPort: 443, source: from('2.0.0.0/8') })],
        }),
      ],
    };
    expect(target(some).fronts).toMatchObject([{ reachable: 'yes' }]);
    expect(target(closed).fronts).toMatchObject([{ reachable: 'no' }]);
  });

  it('may be a network one before an application one: two hops, each judged by what it sees', () => {
    const arn = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/outer/2';
    const inner = aLoadBalancer({ internetFacing: false });
    const outer = network({
      arn,
      name: 'outer',
      interfaceIds: ['eni-outer'],
      listeners: [
        aListener({
          arn: 'listener/outer',
          port: 8000,
          protocol: 'TCP',
          targets: [aTarget({ id: inner.arn, port: 443, preservesClientIp: true })],
        }),
      ],
    });
    const outerInterface = anInterface({
      id: 'eni-outer',
      kind: 'network_load_balancer',
      groupIds: [],
      instanceId: null,
      ipv4: [{ private: '10.0.1.30', public: '192.0.2.30', primary: true }],
    });
    const made = behind(['sg-lb'], inner, {
      interfaces: [
        anInterface({ ipv4: [{ private: '10.0.1.10', public: null, primary: true }] }),
        aLoadBalancerInterface({ ipv4: [{ private: '10.0.1.20', public: null, primary: true }] }),
        outerInterface,
      ],
      loadBalancers: [inner, outer],
    });
    const ask = (address: string, port: number, asked = made) =>
      evaluateExposure(asked, { address, protocol: 'tcp', port }).fronts;
    const front = {
      loadBalancerArn: arn,
      outsidePort: 8000,
      targetPort: 8443,
      targetId: 'i-1',
      preservesClientIp: false,
      reachable: 'yes',
      why: 'Port 8000 of load balancer outer leads to port 8443 of i-1 over web; the internet reaches it.',
    };
    expect(ask('10.0.1.10', 8443)).toMatchObject([front]);
    expect(ask('192.0.2.30', 8000)).toMatchObject([front]);
    expect(ask('10.0.1.20', 443)).toMatchObject([
      {
        ...front,
        targetPort: 443,
        targetId: inner.arn,
        preservesClientIp: true,
        why: expect.stringContaining('leads to port 443'),
      },
    ]);
    const private443 = aRule({
      id: 'sgr-lb',
      groupId: 'sg-lb',
      fromPort: 443,
      toPort: 443,
      source: from('10.0.0.0/8'),
    });
    const shut = { ...made, groups: [made.groups[0]!, aGroup({ id: 'sg-lb', rules: [private443] })] };
    expect(ask('10.0.1.10', 8443, shut)).toMatchObject([
      { reachable: 'no', why: expect.stringContaining('web does not let in its clients') },
    ]);
  });

  it('is not reached when its own groups let nobody in, and unknown when its interfaces were not read', () => {
    const shut = behind(['sg-lb']);
    expect(
      target({ ...shut, groups: [...shut.groups.slice(0, 1), aGroup({ id: 'sg-lb', rules: [] })] }).fronts,
    ).toMatchObject([
      {
        reachable: 'no',
        why: 'Port 443 of load balancer web leads to port 8443 of i-1; the internet does not reach the load balancer.',
      },
    ]);
    expect(target({ ...shut, interfaces: [anInterface()] }).fronts).toMatchObject([{ reachable: 'unknown' }]);
  });

  it('is reached when one of its addresses is', () => {
    const shut = aLoadBalancerInterface({
      id: 'eni-lb-2',
      groupIds: ['sg-9'],
      ipv4: [{ private: '10.0.1.21', public: '192.0.2.21', primary: true }],
    });
    const made = behind(['sg-lb'], aLoadBalancer({ interfaceIds: ['eni-lb-2', 'eni-lb'] }));
    const both = {
      ...made,
      interfaces: [...made.interfaces, shut],
      groups: [...made.groups, aGroup({ id: 'sg-9', rules: [] })],
    };
    expect(target(both).fronts).toMatchObject([{ reachable: 'yes' }]);
  });

  it('may be there unseen when load balancers were refused: said, and the address judged all the same', () => {
    const unread = [
      'elasticloadbalancing:DescribeLoadBalancers on load balancers was refused to role/read (AccessDenied).',
    ];
    const answer = evaluateExposure(aCloudNetwork({ unread }), { address: '192.0.2.10', protocol: 'tcp', port: 22 });
    expect(answer.reachable).toBe('yes');
    expect(answer.steps.at(-1)).toMatchObject({ name: 'front', verdict: 'unknown' });
  });
});

describe('an address of a load balancer', () => {
  it('answers on its listeners only, whatever its groups let in', () => {
    const made = behind(['sg-lb']);
    expect(outside(made)).toMatchObject({ reachable: 'yes', breadth: 'internet', interfaceId: 'eni-lb' });
    expect(outside(made).fronts).toMatchObject([{ targetPort: 8443, reachable: 'yes' }]);
    expect(outside(made, 22)).toMatchObject({ reachable: 'no', admittedBy: [] });
    expect(outside(made, 22).steps.at(-1)?.why).toBe('The load balancer web has no listener on tcp 22.');
    expect(admittedPorts(made, '192.0.2.20', 'tcp').toString()).toBe('443');
  });

  it('without groups lets everybody in: a network load balancer', () => {
    const made = behind(['sg-lb'], network(), {
      interfaces: [anInterface(), aLoadBalancerInterface({ groupIds: [], kind: 'network_load_balancer' })],
    });
    expect(outside(made)).toMatchObject({
      reachable: 'yes',
      breadth: 'internet',
      admittedBy: [{ ruleId: 'eni-lb', source: '0.0.0.0/0', breadth: 'internet' }],
    });
    expect(outside(made).steps.at(-2)).toMatchObject({
      object: 'eni-lb',
      why: 'eni-lb has no security group: everybody is let in.',
    });
  });

  it.each([
    ['TCP', 'tcp', 'yes'],
    ['TCP', 'udp', 'no'],
    ['TLS', 'tcp', 'yes'],
    ['UDP', 'udp', 'yes'],
    ['UDP', 'tcp', 'no'],
    ['TCP_UDP', 'udp', 'yes'],
    ['TCP_UDP', 'tcp', 'yes'],
  ] as const)('with a listener %s asked for %s: %s', (protocol, asked, reachable) => {
    const made = behind([], network({ listeners: [aListener({ protocol })] }), {
      interfaces: [aLoadBalancerInterface({ groupIds: [], kind: 'network_load_balancer' })],
    });
    expect(outside(made, 443, asked).reachable).toBe(reachable);
  });

  it('is unknown when the load balancer or its listeners were not read', () => {
    expect(outside(behind([], aLoadBalancer(), { loadBalancers: [] })).reachable).toBe('unknown');
    const unread = [
      'elasticloadbalancing:DescribeListeners on listeners of load balancers was refused to role/read (AccessDenied).',
    ];
    expect(outside(behind([], aLoadBalancer({ listeners: [] }), { unread })).reachable).toBe('unknown');
    expect(outside(behind([], aLoadBalancer({ listeners: [] }))).reachable).toBe('no');
  });

  it('is among the pairs of the network', () => {
    const pairs = admittedPairs(behind(['8.8.8.8/32']));
    expect(pairs.map((pair) => ({ ...pair, ports: pair.ports.toString() }))).toEqual([
      { address: '192.0.2.10', protocol: 'tcp', ports: '8443', breadth: 'single' },
      { address: '192.0.2.20', protocol: 'tcp', ports: '443', breadth: 'internet' },
    ]);
  });
});
