import {
  ANY,
  type At,
  HALVES,
  PUBLIC_16,
  PUBLIC_8,
  TO_INTERNET,
  caseMaker,
  loses,
  rule,
  subnet,
  world,
} from './build.ts';
import { type Answer, type Case, narrow, open, shut } from './case.ts';
import type { Routes } from './world.ts';

/** Replies need a route to an internet gateway. The group admits the port from anywhere. */
export function routeCases(at: At): Case[] {
  const { protocol, port } = at;
  const make = caseMaker('routes', at);
  const accounts = (answer: Answer, routes: Routes | null, mainRoutes: Routes) => {
    const isOpen = answer.reach === 'open';
    const admits = isOpen ? loses(protocol, port, ANY) : rule(protocol, port, ANY);
    return world({ web: [admits] }, { subnets: { public: subnet({ routes }) }, mainRoutes });
  };
  const of = (title: string, routes: Routes, answer: Answer) => make(title, accounts(answer, routes, {}), answer);
  const main = (title: string, routes: Routes | null, mainRoutes: Routes, answer: Answer) =>
    make(title, accounts(answer, routes, mainRoutes), answer);
  const blackhole = shut('the gateway is gone and the route leads nowhere');
  return [
    of('none', {}, shut('the table has local routes only')),
    of('NAT gateway', { [ANY]: 'nat' }, shut('a NAT gateway lets nobody in')),
    of('two halves', { [HALVES[0]]: 'igw', [HALVES[1]]: 'igw' }, open('the two routes together lead to every address')),
    of('one half', { [HALVES[0]]: 'igw' }, open('a half of all addresses gets its replies', 'wide')),
    of('a public /8', { [PUBLIC_8]: 'igw' }, open('a public /8 gets its replies', 'wide')),
    of('a public /16', { [PUBLIC_16]: 'igw' }, narrow('only a public range gets its replies', 'range')),
    of(
      'halves to a NAT gateway beside the default',
      { [ANY]: 'igw', [HALVES[0]]: 'nat', [HALVES[1]]: 'nat' },
      shut('the longer prefixes win, and both lead to a NAT gateway'),
    ),
    of(
      'a public /8 to a NAT gateway beside the default',
      { [ANY]: 'igw', [PUBLIC_8]: 'nat' },
      open('everybody but one /8 gets replies', 'wide'),
    ),
    of(
      'private addresses to a transit gateway',
      { [ANY]: 'igw', '10.64.0.0/10': 'tgw' },
      open('the default route still leads to the internet gateway'),
    ),
    main('the main table', null, TO_INTERNET, open('a subnet without a table uses the main one, which leads outside')),
    main('the main table has none', null, {}, shut('a subnet without a table uses the main one, which is local')),
    main('own table without, main with', {}, TO_INTERNET, shut('its own table replaces the main one')),
    main('own table with, main without', TO_INTERNET, {}, open('its own table replaces the main one')),
    make('gateway is gone', accounts(blackhole, { [ANY]: 'gone' }, {}), blackhole, { emulated: false }),
  ];
}
