import { ANY, type At, caseMaker, loses, machine, rule, world } from './build.ts';
import { type Case, open, shut } from './case.ts';
import type { Balancer, World } from './world.ts';

/** A load balancer leads to the port. The question stays the same: is the machine's own address reached. */
export function frontCases(at: At): Case[] {
  const { port } = at;
  const of = caseMaker('load balancer', at);
  const balancer = (over: Partial<Balancer> = {}): Balancer => ({
    kind: 'application',
    internetFacing: true,
    groups: ['edge'],
    outsidePort: 443,
    targetPort: port,
    ...over,
  });
  const behind = [rule('tcp', port, 'group:edge')];
  const edge = [rule('tcp', 443, ANY)];
  const hidden = { machines: { asked: machine(['web'], { v4: 'none' }) } } satisfies Partial<World>;
  const exposed = { machines: { asked: machine(['web']) } } satisfies Partial<World>;
  const inPrivate = "the machine has no public address; only the load balancer's group is let in";
  return [
    of(
      'in front of a hidden machine',
      world({ web: behind, edge }, { ...hidden, balancer: balancer() }),
      shut(inPrivate),
      { throughFront: true },
    ),
    of(
      'in front, for private clients only',
      world({ web: behind, edge: [rule('tcp', 443, '10.0.0.0/8')] }, { ...hidden, balancer: balancer() }),
      shut(inPrivate),
      { throughFront: false },
    ),
    of(
      'internal',
      world({ web: behind, edge }, { ...hidden, balancer: balancer({ internetFacing: false }) }),
      shut(inPrivate),
      { throughFront: false },
    ),
    of(
      'in front of another port',
      world({ web: behind, edge }, { ...hidden, balancer: balancer({ targetPort: port + 1 }) }),
      shut(inPrivate),
      { throughFront: false },
    ),
    of(
      'beside the open machine',
      world({ web: [...behind, loses('tcp', port, ANY)], edge }, { ...exposed, balancer: balancer() }),
      open('the machine is open itself; the rule for the load balancer must stay'),
      { throughFront: true },
    ),
    of(
      'beside the machine with a public address',
      world({ web: behind, edge }, { ...exposed, balancer: balancer() }),
      shut("only the load balancer's group is let in"),
      { throughFront: true },
    ),
  ];
}
