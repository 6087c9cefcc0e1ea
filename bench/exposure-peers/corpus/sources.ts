import {
  ANY,
  ANY6,
  type At,
  HALVES,
  PUBLIC_16,
  PUBLIC_8,
  PUBLIC_HOST,
  caseMaker,
  loses,
  rule,
  world,
} from './build.ts';
import { type Case, narrow, open, shut } from './case.ts';

/** 0.0.0.0/0 without 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16, as network people write it down. */
// prettier-ignore
const ALL_BUT_PRIVATE = [
  '0.0.0.0/5', '8.0.0.0/7', '11.0.0.0/8', '12.0.0.0/6', '16.0.0.0/4', '32.0.0.0/3', '64.0.0.0/2', '128.0.0.0/3', '160.0.0.0/5',
  '168.0.0.0/6', '172.0.0.0/12', '172.32.0.0/11', '172.64.0.0/10', '172.128.0.0/9', '173.0.0.0/8', '174.0.0.0/7', '176.0.0.0/4',
  '192.0.0.0/9', '192.128.0.0/11', '192.160.0.0/13', '192.169.0.0/16', '192.170.0.0/15', '192.172.0.0/14', '192.176.0.0/12',
  '192.192.0.0/10', '193.0.0.0/8', '194.0.0.0/7', '196.0.0.0/6', '200.0.0.0/5', '208.0.0.0/4',
];

/** From where the port is let in. */
export function sourceCases(at: At): Case[] {
  const { protocol, port } = at;
  const of = caseMaker('sources', at);
  const from = (...sources: readonly string[]) => world({ web: sources.map((each) => rule(protocol, port, each)) });
  const losing = (...sources: readonly string[]) => world({ web: sources.map((each) => loses(protocol, port, each)) });
  return [
    of('anywhere', losing(ANY), open('0.0.0.0/0 is every address')),
    of('two halves', losing(...HALVES), open('0.0.0.0/1 and 128.0.0.0/1 together are every address')),
    of(
      'four quarters',
      losing('0.0.0.0/2', '64.0.0.0/2', '128.0.0.0/2', '192.0.0.0/2'),
      open('the four /2 together are every address'),
    ),
    of('all but private', losing(...ALL_BUT_PRIVATE), open('nothing public is left out')),
    of('one half', losing('128.0.0.0/1'), open('a half of all addresses is at large', 'wide')),
    of('a public /8', losing(PUBLIC_8), open('16 million public addresses that anybody can rent', 'wide')),
    of(
      'a public /8 in two rules',
      losing('52.0.0.0/9', '52.128.0.0/9'),
      open('two /9 side by side are the same /8', 'wide'),
    ),
    of('a public /9', from('52.0.0.0/9'), narrow('half of a /8: a public range, not the internet', 'range')),
    of('a public /16', from(PUBLIC_16), narrow('a public range, not the internet', 'range')),
    of('a public /24', from('8.8.4.0/24'), narrow('a public range, not the internet', 'range')),
    of('one public address', from(PUBLIC_HOST), narrow('one host, not the internet', 'single')),
    of('two public addresses', from(PUBLIC_HOST, '1.1.1.1/32'), narrow('two hosts, not the internet', 'range')),
    of('private /8', from('10.0.0.0/8'), shut('RFC 1918 addresses do not come from the internet')),
    of('private /12', from('172.16.0.0/12'), shut('RFC 1918 addresses do not come from the internet')),
    of('private /16', from('192.168.0.0/16'), shut('RFC 1918 addresses do not come from the internet')),
    of(
      'every private range',
      from('10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'),
      shut('RFC 1918 addresses do not come from the internet'),
    ),
    of('shared space', from('100.64.0.0/10'), shut('carrier-grade NAT space (RFC 6598) is not routed')),
    of('link-local', from('169.254.0.0/16'), shut('link-local addresses are not routed')),
    of(
      'its own group',
      world({ web: [rule(protocol, port, 'group:web')] }),
      shut('members of a group are no internet'),
    ),
    of(
      'another group that is open itself',
      world(
        { web: [rule(protocol, port, 'group:edge')], edge: [rule('-1', null, ANY)] },
        { machines: { asked: { state: 'running', interfaces: [webOnly] } } },
      ),
      shut('a reference admits members of that group, not whom that group admits'),
    ),
    of('anywhere in IPv6 only', from(ANY6), shut('the machine has no IPv6 address and ::/0 says nothing about IPv4')),
    of(
      'anywhere and privately',
      world({ web: [loses(protocol, port, ANY), rule(protocol, port, '10.0.0.0/8')] }),
      open('0.0.0.0/0 is every address; the private rule must stay'),
    ),
    of(
      'anywhere, privately and a group, in one range',
      world({
        web: [
          loses(protocol, [port - 3, port + 3], ANY),
          rule(protocol, [port - 3, port + 3], '10.0.0.0/8'),
          rule(protocol, [port - 3, port + 3], 'group:web'),
        ],
      }),
      open('0.0.0.0/0 is every address; the other two, shown by EC2 in the same entry, must stay'),
    ),
    of(
      'anywhere and one public address',
      losing(ANY, PUBLIC_HOST),
      open('0.0.0.0/0 is every address; closed to the internet means closed to that host too'),
    ),
    of(
      'two halves and both families',
      world({ web: [...HALVES.map((half) => loses(protocol, port, half)), rule(protocol, port, ANY6)] }),
      open('the two halves are every IPv4 address; the IPv6 rule is another exposure and must stay'),
    ),
  ];
}

const webOnly = { groups: ['web'], subnet: 'public', v4: 'elastic', v6: false } as const;
