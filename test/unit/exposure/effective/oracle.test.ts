import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admittedPairs, admittedPorts } from '../../../../core/exposure/effective/admitted.ts';
import { compileNetwork } from '../../../../core/exposure/effective/compile.ts';
import { evaluateExposure } from '../../../../core/exposure/effective/evaluate.ts';
import { AddressSet } from '../../../../core/net/address-set.ts';
import { compareBreadth } from '../../../../core/net/breadth.ts';
import { PortSet } from '../../../../core/net/port-set.ts';
import { oracle } from '../../../support/exposure/oracle.ts';
import { PORTS, aUniverse, networkOf } from '../../../support/exposure/universe.ts';

const transport = fc.constantFrom('tcp' as const, 'udp' as const);
const scene = fc
  .tuple(aUniverse, transport, fc.constantFrom(...PORTS))
  .chain(([universe, protocol, port]) => networkOf(universe).map((network) => ({ universe, network, protocol, port })));

describe('the evaluator and an oracle that walks every source through every list', () => {
  it('agree on who gets in, how wide that is and which rules do it, over 3,000 networks', () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(scene, ({ universe, network, protocol, port }) => {
        const answer = evaluateExposure(network, { address: universe.asked, protocol, port });
        const truth = oracle(network, universe, protocol, port);
        const sources = AddressSet.fromCidrs(answer.sources === '' ? [] : answer.sources.split(','));
        expect({
          reachable: answer.reachable,
          sources: universe.points.filter(({ address }) => sources.has(address)).map(({ address }) => address),
          breadth: answer.breadth,
          admittedBy: answer.admittedBy.map(({ ruleId }) => ruleId),
        }).toEqual(truth);
        const stops = answer.steps.filter(({ verdict }) => verdict === 'stop');
        expect(stops.length > 0).toBe(answer.reachable === 'no');
        seen.set(answer.reachable, (seen.get(answer.reachable) ?? 0) + 1);
      }),
      { numRuns: 3_000 },
    );
    // Each answer is really among what was compared.
    for (const each of ['yes', 'partly', 'no', 'unknown']) expect(seen.get(each) ?? 0).toBeGreaterThan(10);
  });

  it('has every step in every answer, each with a sentence', () => {
    fc.assert(
      fc.property(scene, ({ universe, network, protocol, port }) => {
        const { steps } = evaluateExposure(network, { address: universe.asked, protocol, port });
        expect(steps.map(({ name }) => name)).toEqual([
          'address',
          'instance',
          'public-access-block',
          'route',
          'network-acl',
          'security-groups',
          'front',
        ]);
        for (const { why } of steps) expect(why).toMatch(/^\S.*[^.]\.$/);
      }),
      { numRuns: 300 },
    );
  });

  it('admits in one pass the ports that it does not deny one by one', () => {
    fc.assert(
      fc.property(scene, ({ universe, network, protocol }) => {
        const compiled = compileNetwork(network);
        const ports = admittedPorts(compiled, universe.asked, protocol);
        const pairs = admittedPairs(compiled).filter(
          (pair) => pair.address === universe.asked && pair.protocol === protocol,
        );
        expect(pairs.reduce((all, pair) => all.union(pair.ports), PortSet.EMPTY).equals(ports)).toBe(true);
        for (const port of [...PORTS, 2, 25, 79, 40_000]) {
          const answer = evaluateExposure(compiled, { address: universe.asked, protocol, port });
          expect(ports.has(port)).toBe(answer.reachable !== 'no');
          const pair = pairs.filter((each) => each.ports.has(port));
          const wide = answer.breadth !== null && compareBreadth(answer.breadth, 'single') >= 0;
          const expected = answer.reachable === 'no' ? [] : [wide ? answer.breadth : 'internet'];
          expect(pair.map(({ breadth }) => breadth)).toEqual(expected);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
