import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PortSet } from '../../../../core/net/port-set.ts';
import { AddressTable } from '../../../../core/scanning/syn/address-table.ts';
import { PairStates } from '../../../../core/scanning/syn/pair-states.ts';
import { PortIndex } from '../../../../core/scanning/port-index.ts';

describe('the index of ports', () => {
  it('numbers the ports of a set as a list would, and back', () => {
    const near = fc.integer({ min: 1, max: 300 });
    fc.assert(
      fc.property(fc.array(fc.oneof(near, fc.integer({ min: 1, max: 65_535 })), { minLength: 1 }), (ports) => {
        const set = PortSet.from(ports);
        const index = new PortIndex(set.ranges);
        const list = [...set];
        expect(index.size).toBe(list.length);
        expect(list.map((_, i) => index.portAt(i))).toEqual(list);
        for (const port of [0, 1, 150, 65_535, ...list, ...list.map((one) => one + 1)]) {
          expect(index.indexOf(port)).toBe(list.indexOf(port));
        }
      }),
    );
  });

  it('knows nothing in an empty set', () => {
    expect([new PortIndex([]).size, new PortIndex([]).indexOf(80)]).toEqual([0, -1]);
  });
});

describe('the states of pairs', () => {
  it('are kept apart from those of their neighbours', () => {
    const change = fc.tuple(fc.nat(49), fc.nat(3));
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const [states, oracle] = [new PairStates(50), Array.from({ length: 50 }, () => 0)];
        for (const [pair, state] of changes) {
          states.set(pair, state);
          oracle[pair] = state;
        }
        expect(oracle.map((_, pair) => states.get(pair))).toEqual(oracle);
      }),
    );
  });

  it('reach beyond 2^31 pairs', () => {
    const states = new PairStates(2 ** 32);
    states.set(2 ** 32 - 1, 2);
    expect([states.get(2 ** 32 - 1), states.get(2 ** 32 - 2), states.get(2 ** 31 - 1)]).toEqual([2, 0, 0]);
  });
});

describe('the table of addresses', () => {
  it.each([1, 4] as const)('finds every address of %i words by its number and no other', (words) => {
    const word = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
    const address = fc.array(word, { minLength: words, maxLength: words });
    const distinct = fc.uniqueArray(address, { minLength: 1, maxLength: 40, selector: String });
    fc.assert(
      fc.property(distinct, address, (addresses, other) => {
        const table = new AddressTable(addresses.length, words);
        for (const one of addresses) table.add(one);
        for (const [number, one] of addresses.entries()) expect(table.find(Int32Array.from(one))).toBe(number);
        expect(table.find(Int32Array.from(other))).toBe(addresses.findIndex((one) => String(one) === String(other)));
      }),
    );
  });

  it('takes addresses as unsigned words too', () => {
    const table = new AddressTable(1, 1);
    table.add([0xc0000201]);
    expect(table.find(Int32Array.of(0xc0000201))).toBe(0);
  });
});
