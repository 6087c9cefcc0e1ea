import { ANY, type At, HALVES, caseMaker, loses, machine, rule, world } from './build.ts';
import { type Case, open, shut } from './case.ts';

/** Which groups hold, and who shares them. */
export function groupCases(at: At): Case[] {
  const { protocol, port } = at;
  const of = caseMaker('groups', at);
  const admits = [loses(protocol, port, ANY)];
  const harmless = [rule(protocol, port + 1, '10.0.0.0/8')];
  return [
    of(
      'open one first',
      world({ web: admits, inside: harmless }),
      open('groups are a union: one that admits suffices'),
    ),
    of('open one last', world({ inside: harmless, web: admits }), open('groups are a union: their order is nothing')),
    of(
      'a half in each of two',
      world({ low: [loses(protocol, port, HALVES[0])], high: [loses(protocol, port, HALVES[1])] }),
      open('the union of both groups is every address'),
    ),
    of(
      'port in one, width in the other',
      world({ port: [rule(protocol, port, '10.0.0.0/8')], width: [rule(protocol, port + 1, ANY)] }),
      shut('no single rule has both the port and a public source'),
    ),
    of(
      'fifth of five',
      world({ a: harmless, b: harmless, c: harmless, d: harmless, web: admits }),
      open('groups are a union, five of them too'),
    ),
    of(
      'three that all admit',
      world({ exact: admits, range: [loses(protocol, [port - 1, port + 1], ANY)], all: [loses('-1', null, ANY)] }),
      open('three rules of three groups admit it, so all three must lose the port'),
    ),
    of(
      'open one attached to nothing',
      world({ web: harmless, spare: [rule(protocol, port, ANY)] }, { machines: { asked: machine(['web']) } }),
      shut('a group that is not on the interface says nothing about it'),
    ),
    of(
      'open one on another machine',
      world(
        { web: harmless, other: [rule(protocol, port, ANY)] },
        { machines: { asked: machine(['web']), neighbour: machine(['other']) } },
      ),
      shut('the open group is on the neighbour'),
    ),
    of(
      'shared with another machine',
      world({ web: admits }, { machines: { asked: machine(['web']), neighbour: machine(['web']) } }),
      open('the group admits; that a neighbour uses it too changes nothing'),
    ),
    of(
      'open behind a shared range',
      world(
        { web: [loses(protocol, [port - 5, port + 5], ANY)] },
        { machines: { asked: machine(['web']), neighbour: machine(['web']) } },
      ),
      open('the group admits a range; the neighbour keeps its other ports'),
    ),
    of(
      "the VPC's own group",
      world({}, { machines: { asked: machine(['default']) } }),
      shut('the default group admits its own members only'),
    ),
    of(
      'a reference beside an open rule',
      world({ web: [...admits, rule(protocol, port, 'group:web'), rule(protocol, port, 'group:app')], app: [] }),
      open('0.0.0.0/0 admits; both references must stay'),
    ),
  ];
}
