import { ANY, type At, HALVES, PUBLIC_8, aclOf, aclWith, allowRow, caseMaker, denyRow, loses } from './build.ts';
import { repliesOf, rule, subnet, twinOf, world } from './build.ts';
import { type Answer, type Case, open, partly, shut } from './case.ts';
import type { Acl } from './world.ts';

/** Network access lists: rows in order, both directions, by sets of addresses. The group admits the port from anywhere. */
export function aclCases(at: At): Case[] {
  const { protocol, port } = at;
  const make = caseMaker('access list', at);
  const twin = twinOf(protocol);
  const exactly = [port, port] as const;
  const of = (title: string, acl: Acl, answer: Answer) => {
    const admits = answer.reach === 'shut' ? rule(protocol, port, ANY) : loses(protocol, port, ANY);
    return make(title, world({ web: [admits] }, { subnets: { public: subnet({ acl }) } }), answer);
  };
  return [
    of('deny before allow', aclWith(denyRow(90, protocol, exactly)), shut('row 90 denies before row 100 allows')),
    of('deny after allow', aclWith(denyRow(110, protocol, exactly)), open('row 100 allows before row 110 denies')),
    of(
      'rows written in reverse',
      { ...aclWith(), inbound: [denyRow(200, '-1', null), allowRow(100, protocol, exactly)] },
      open('numbers count, not the order of writing: row 100 allows first'),
    ),
    of('deny of every protocol', aclWith(denyRow(90, '-1', null)), shut('row 90 denies every protocol first')),
    of(
      'deny of a range',
      aclWith(denyRow(90, protocol, [port - 5, port + 5])),
      shut('row 90 denies a range with the port in it'),
    ),
    of('deny of a neighbour', aclWith(denyRow(90, protocol, [port + 1, port + 1])), open('row 90 is another port')),
    of('deny of the other protocol', aclWith(denyRow(90, twin, exactly)), open(`row 90 is about ${twin}`)),
    of(
      'deny of private addresses',
      aclWith(denyRow(90, protocol, exactly, '10.0.0.0/8')),
      open('nothing public is denied'),
    ),
    of(
      'deny of a public /8',
      aclWith(denyRow(90, protocol, exactly, PUBLIC_8)),
      open('everybody but one /8 still gets in', 'wide'),
    ),
    of(
      'deny of a half',
      aclWith(denyRow(90, protocol, exactly, HALVES[0])),
      open('the other half still gets in', 'wide'),
    ),
    of(
      'deny of both halves',
      aclWith(denyRow(90, protocol, exactly, HALVES[0]), denyRow(91, protocol, exactly, HALVES[1])),
      shut('the two rows together deny every address'),
    ),
    of(
      'only a public /8 allowed',
      aclOf(allowRow(90, protocol, exactly, PUBLIC_8), denyRow(100, '-1', null)),
      open('row 90 lets a public /8 in before row 100 denies the rest', 'wide'),
    ),
    of(
      'only private addresses allowed',
      aclOf(allowRow(100, '-1', null, '10.0.0.0/8')),
      shut('what no row allows is denied at the end'),
    ),
    of('nothing allowed', aclOf(), shut('what no row allows is denied at the end')),
    of('only this port allowed', aclOf(allowRow(100, protocol, exactly)), open('row 100 allows exactly this port')),
    of(
      'only the ports below allowed',
      aclOf(allowRow(100, protocol, [0, port - 1])),
      shut('the allowed range ends one port lower'),
    ),
    of('no replies', repliesOf(), shut('access lists keep no state: replies need an outbound row and there is none')),
    of(
      'replies denied first',
      repliesOf(denyRow(90, protocol, [0, 65_535]), allowRow(100, '-1', null)),
      shut('outbound row 90 denies every reply'),
    ),
    of(
      'replies of the other protocol only',
      repliesOf(allowRow(100, twin, [0, 65_535])),
      shut(`outbound row 100 is about ${twin}`),
    ),
    of(
      'replies to private addresses only',
      repliesOf(allowRow(100, '-1', null, '10.0.0.0/8')),
      shut('no reply gets to a public address'),
    ),
    of(
      'replies to 1024 and above',
      repliesOf(allowRow(100, protocol, [1_024, 65_535])),
      open('clients send from ports of 1024 and above, and those get replies'),
    ),
    of(
      'replies to the ports of Linux clients',
      repliesOf(allowRow(100, protocol, [32_768, 60_999])),
      partly('clients that send from 32768-60999 get replies, others do not'),
    ),
    make(
      'deny at another subnet',
      world({ web: [loses(protocol, port, ANY)] }, { subnets: { public: subnet(), other: subnet({ acl: aclOf() }) } }),
      open('the list belongs to a subnet that the machine is not in'),
    ),
  ];
}
