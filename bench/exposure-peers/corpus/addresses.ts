import { ANY, ANY6, type At, HALVES6, aclWith, caseMaker, denyRow, interfaceOf, loses } from './build.ts';
import { machine, rule, subnet, world } from './build.ts';
import { type Case, narrow, open, shut } from './case.ts';
import type { Routes, Rule, World } from './world.ts';

/** Which address, and who is behind it. */
export function addressCases(at: At): Case[] {
  const { protocol, port } = at;
  const of = caseMaker('addresses', at);
  const web = [loses(protocol, port, ANY)];
  const stays = [rule(protocol, port, ANY)];
  const two = { web, inside: [rule(protocol, port, '10.0.0.0/8')] };
  return [
    of(
      'automatic public address',
      world({ web }, { machines: { asked: machine(['web'], { v4: 'automatic' }) } }),
      open('an automatic public address is as reachable as an elastic one'),
    ),
    of(
      'elastic address on the second private one',
      world({ web }, { machines: { asked: machine(['web'], { v4: 'secondary' }) } }),
      open('groups hold for every address of the interface'),
    ),
    of(
      'no public address',
      world({ web: stays }, { machines: { asked: machine(['web'], { v4: 'none' }) } }),
      shut('nothing translates a public address to it'),
    ),
    of(
      'stopped machine',
      world({ web: stays }, { machines: { asked: { state: 'stopped', interfaces: [interfaceOf(['web'])] } } }),
      shut('nothing answers at a stopped machine'),
    ),
    of(
      'second interface, open there',
      world(two, {
        machines: { asked: { state: 'running', interfaces: [interfaceOf(['inside']), interfaceOf(['web'])] } },
      }),
      open('groups belong to the interface, and this one has the open group'),
      { interface: 1 },
    ),
    of(
      'second interface, open at the first',
      world(
        { web: stays, inside: two.inside },
        { machines: { asked: { state: 'running', interfaces: [interfaceOf(['web']), interfaceOf(['inside'])] } } },
      ),
      shut('groups belong to the interface, and this one has none that is open'),
      // moto gives every interface of an instance the groups of the instance.
      { interface: 1, emulated: false },
    ),
  ];
}

/** Both families on one machine, unless said otherwise. */
export function ipv6Cases(at: At): Case[] {
  const { protocol, port } = at;
  const of = caseMaker('IPv6', at);
  const v6 = { family: 'v6' } as const;
  const dual = (web: readonly Rule[], over: Partial<World> = {}) =>
    world({ web }, { machines: { asked: machine(['web'], { v6: true }) }, ...over });
  const losing = (...sources: readonly string[]) => dual(sources.map((each) => loses(protocol, port, each)));
  const from = (...sources: readonly string[]) => dual(sources.map((each) => rule(protocol, port, each)));
  const open6 = [loses(protocol, port, ANY6)];
  const stays = [rule(protocol, port, ANY6)];
  const routed = (routes: Routes) => ({ subnets: { public: subnet({ routes }) } });
  const noV6 = { subnets: { public: subnet({ acl: aclWith(denyRow(90, '-1', null, ANY6)) }) } };
  const both = dual([rule(protocol, port, ANY), loses(protocol, port, ANY6)]);
  const bothV4 = dual([loses(protocol, port, ANY), rule(protocol, port, ANY6)]);
  return [
    of('anywhere', losing(ANY6), open('::/0 is every IPv6 address and the machine has one'), v6),
    of('anywhere in IPv4 only', from(ANY), shut('0.0.0.0/0 says nothing about IPv6'), v6),
    of('both families, asked for IPv6', both, open('::/0 admits; the IPv4 rule is another exposure and must stay'), v6),
    of(
      'both families, asked for IPv4',
      bothV4,
      open('0.0.0.0/0 admits; the IPv6 rule is another exposure and must stay'),
    ),
    of('IPv6 rule, asked for IPv4', from(ANY6), shut('::/0 says nothing about IPv4')),
    of('two halves', losing(...HALVES6), open('::/1 and 8000::/1 together are every address'), v6),
    of('all global addresses', losing('2000::/3'), open('2000::/3 is all of IPv6 that is routed'), v6),
    of('a large public block', losing('2600::/12'), open('wider than the /32 of a provider', 'wide'), v6),
    of('a public /48', from('2600:1f00:1234::/48'), narrow('one site, not the internet', 'range'), v6),
    of('one public address', from('2600:1f00:1234::1/128'), narrow('one host, not the internet', 'single'), v6),
    of('private only', from('fc00::/7'), shut('unique local addresses are not routed'), v6),
    of(
      'no IPv4 address at all',
      world({ web: open6 }, { machines: { asked: machine(['web'], { v4: 'none', v6: true }) } }),
      open('IPv6 needs no translation'),
      v6,
    ),
    of('no route', dual(stays, routed({ [ANY]: 'igw' })), shut('only IPv4 has a route to the internet gateway'), v6),
    of(
      'egress-only gateway',
      dual(stays, routed({ [ANY]: 'igw', [ANY6]: 'eigw' })),
      shut('an egress-only internet gateway lets nobody in'),
      v6,
    ),
    of('access list denies IPv6', dual(stays, noV6), shut('row 90 denies all of IPv6 before anything allows it'), v6),
    of(
      'access list denies IPv6, asked for IPv4',
      dual([loses(protocol, port, ANY)], noV6),
      open('row 90 is about IPv6 only'),
    ),
    of('every protocol', dual([loses('-1', null, ANY6)]), open('protocol -1 is every protocol and port'), v6),
    of('inside a range', dual([loses(protocol, [port - 3, port + 3], ANY6)]), open('the range includes the port'), v6),
    of('ping only', dual([rule('icmpv6', [-1, -1], ANY6)]), shut('ICMP has no ports'), v6),
    of(
      'a list with everything',
      dual([loses(protocol, port, 'list:all', [ANY6])], { lists: { all: { family: 'v6', entries: [ANY6] } } }),
      open('the list holds ::/0'),
      v6,
    ),
  ];
}
