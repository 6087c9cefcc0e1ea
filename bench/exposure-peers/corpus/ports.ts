import { ANY, type At, caseMaker, loses, rule, twinOf, world } from './build.ts';
import { type Case, open, shut } from './case.ts';

/** Which rule covers the port. The port needs ten others on either side. */
export function portCases(at: At): Case[] {
  const { protocol, port } = at;
  const of = caseMaker('ports', at);
  const twin = twinOf(protocol);
  const private10 = '10.0.0.0/8';
  return [
    of('exact port', world({ web: [loses(protocol, port, ANY)] }), open('the rule names this port from anywhere')),
    of(
      'inside a range',
      world({ web: [loses(protocol, [port - 2, port + 8], ANY)] }),
      open('the port lies inside the range of the rule'),
    ),
    of(
      'first of a range',
      world({ web: [loses(protocol, [port, port + 8], ANY)] }),
      open('a range includes its first port'),
    ),
    of(
      'last of a range',
      world({ web: [loses(protocol, [port - 8, port], ANY)] }),
      open('a range includes its last port'),
    ),
    of(
      'just below the range',
      world({ web: [rule(protocol, [port + 1, port + 10], ANY)] }),
      shut('the range starts one port higher'),
    ),
    of(
      'just above the range',
      world({ web: [rule(protocol, [port - 10, port - 1], ANY)] }),
      shut('the range ends one port lower'),
    ),
    of(
      'all ports of the protocol',
      world({ web: [loses(protocol, [0, 65_535], ANY)] }),
      open('0-65535 includes every port'),
    ),
    of('every protocol', world({ web: [loses('-1', null, ANY)] }), open('protocol -1 is every protocol and port')),
    of(
      'every protocol from anywhere, and privately',
      world({ web: [loses('-1', null, ANY), rule('-1', null, private10)] }),
      open('protocol -1 from anywhere; the private rule beside it must stay whole'),
    ),
    of(
      'every protocol privately, the port from anywhere',
      world({ web: [rule('-1', null, private10), loses(protocol, port, ANY)] }),
      open('the exact rule admits anywhere; the private one is no exposure'),
    ),
    of(
      'the same port of the other protocol',
      world({ web: [rule(twin, port, ANY)] }),
      shut(`a ${twin} rule says nothing about ${protocol}`),
    ),
    of(
      'both protocols',
      world({ web: [loses(protocol, port, ANY), rule(twin, port, ANY)] }),
      open(`the ${protocol} rule admits it; the ${twin} rule is another exposure and must stay`),
    ),
    of(
      'exact port and a range',
      world({ web: [loses(protocol, port, ANY), loses(protocol, [port - 5, port + 5], ANY)] }),
      open('both rules admit it, so both must lose the port'),
    ),
    of(
      'exact port and every protocol',
      world({ web: [loses(protocol, port, ANY), loses('-1', null, ANY)] }),
      open('both rules admit it, so both must lose the port'),
    ),
    of(
      'two ranges that overlap at the port',
      world({ web: [loses(protocol, [port - 6, port], ANY), loses(protocol, [port, port + 6], ANY)] }),
      open('both ranges include the port'),
    ),
    of('ping only', world({ web: [rule('icmp', [-1, -1], ANY)] }), shut('ICMP has no ports')),
    of(
      'exact port, ping and GRE',
      world({ web: [loses(protocol, port, ANY), rule('icmp', [-1, -1], ANY), rule('47', null, ANY)] }),
      open('the exact rule admits it; ping and GRE are other protocols and must stay'),
    ),
    of(
      'other ports only',
      world({ web: [rule(protocol, port + 1, ANY), rule(protocol, port - 1, ANY)] }),
      shut('the rules name the neighbours, not this port'),
    ),
    of(
      'no rule',
      world({ web: [] }),
      shut('a group without ingress rules lets nobody in; its egress rule is outbound'),
    ),
  ];
}

/** The ends of the port range. */
export function edgeCases(protocol: At['protocol']): Case[] {
  const of = (port: number) => caseMaker('edges', { protocol, port });
  const lone = (ports: readonly [number, number], admits: boolean) =>
    world({ web: [admits ? loses(protocol, ports, ANY) : rule(protocol, ports, ANY)] });
  return [
    of(65_535)('exact port', lone([65_535, 65_535], true), open('the highest port is a port')),
    of(65_535)('last of all', lone([0, 65_535], true), open('0-65535 includes 65535')),
    of(65_535)('last of a range', lone([65_000, 65_535], true), open('a range includes its last port')),
    of(65_535)('one below the end', lone([0, 65_534], false), shut('the range ends one port lower')),
    of(65_534)('first of two', lone([65_534, 65_535], true), open('a range includes its first port')),
    of(1)('after zero', lone([0, 1], true), open('a range includes its last port; port 0 must stay')),
    of(1)('first of nearly all', lone([1, 65_535], true), open('a range includes its first port')),
    of(1)('zero only', lone([0, 0], false), shut('port 0 is another port')),
    of(22)('from zero', lone([0, 22], true), open('a range includes its last port')),
  ];
}
