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
import type { List, Rule } from './world.ts';

const v4 = (...entries: readonly string[]): List => ({ family: 'v4', entries });

/** Prefix lists as sources. A list is shared: it may never be edited to close a port. */
export function listCases(at: At): Case[] {
  const { protocol, port } = at;
  const of = caseMaker('lists', at);
  const named = (list: List, web: readonly Rule[]) => world({ web }, { lists: { sources: list } });
  const keeps = rule(protocol, port, 'list:sources');
  const losing = (...goes: readonly string[]) => loses(protocol, port, 'list:sources', goes);
  return [
    of('everything', named(v4(ANY), [losing(ANY)]), open('the list holds 0.0.0.0/0')),
    of('two halves', named(v4(...HALVES), [losing(...HALVES)]), open('the entries together are every address')),
    of('private only', named(v4('10.0.0.0/8', '192.168.0.0/16'), [keeps]), shut('every entry is private')),
    of(
      'public and private',
      named(v4('10.0.0.0/8', ANY), [losing(ANY)]),
      open('one entry is 0.0.0.0/0; the private entry must stay'),
    ),
    of('a public /8', named(v4(PUBLIC_8), [losing(PUBLIC_8)]), open('the entry is a public /8', 'wide')),
    of('a public /16', named(v4(PUBLIC_16), [keeps]), narrow('the entry is a public range', 'range')),
    of('one public address', named(v4(PUBLIC_HOST), [keeps]), narrow('the entry is one host', 'single')),
    of(
      'a half in each of two lists',
      world(
        { web: [loses(protocol, port, 'list:low', [HALVES[0]]), loses(protocol, port, 'list:high', [HALVES[1]])] },
        { lists: { low: v4(HALVES[0]), high: v4(HALVES[1]) } },
      ),
      open('the two lists together are every address'),
    ),
    of(
      'a half in a list, a half in a rule',
      world(
        { web: [loses(protocol, port, 'list:low', [HALVES[0]]), loses(protocol, port, HALVES[1])] },
        { lists: { low: v4(HALVES[0]) } },
      ),
      open('the list and the rule together are every address'),
    ),
    of(
      'nested entries',
      named(v4('0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/2', '10.0.0.0/8', '10.1.0.0/16'), [
        losing('0.0.0.0/1', '128.0.0.0/2', '192.0.0.0/2'),
      ]),
      open('the three large entries are every address; the private ones inside them must stay'),
    ),
    of(
      'everything, in a range',
      named(v4('10.0.0.0/8', ANY), [loses(protocol, [port - 2, port + 8], 'list:sources', [ANY])]),
      open('the port lies inside the range; the other ports keep the list'),
    ),
    of(
      'everything, every protocol',
      named(v4(ANY), [loses('-1', null, 'list:sources', [ANY])]),
      open('protocol -1 is every protocol and port, and the list every address'),
    ),
    of(
      'a list that AWS keeps',
      world({ web: [keeps] }, { lists: { sources: { family: 'v4', entries: null, awsName: CLOUDFRONT } } }),
      shut("CloudFront's own machines are no plain internet"),
    ),
    of('an empty list', named(v4(), [keeps]), shut('a list without entries admits nobody')),
    of(
      'everything in IPv6',
      named({ family: 'v6', entries: [ANY6] }, [keeps]),
      shut('the list holds IPv6 only and the machine has no IPv6 address'),
    ),
    of(
      'private list beside an open rule',
      named(v4('10.0.0.0/8'), [keeps, loses(protocol, port, ANY)]),
      open('the rule admits everybody; the list must stay'),
    ),
  ];
}

const CLOUDFRONT = 'com.amazonaws.global.cloudfront.origin-facing';
