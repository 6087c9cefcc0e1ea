import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Responders } from '../../../../core/scanning/liveness/responders.ts';

const HOUR = 3_600_000;

describe('who answers on a link', () => {
  it('is believed for four addresses that are silent otherwise, and for none from the fifth on', () => {
    const responders = new Responders();
    const believed: boolean[] = [];
    for (const address of ['a', 'b', 'c', 'c', 'd', 'e', 'f']) {
      responders.heard('router', address, 0);
      believed.push(responders.proves('router'));
    }
    expect(believed).toEqual([true, true, true, true, true, false, false]);
    expect(responders.proves('somebody else')).toBe(true);
  });

  it('is believed again when its addresses turn out to live, or an hour later', () => {
    const responders = new Responders();
    for (const address of ['a', 'b', 'c', 'd', 'e']) responders.heard('host', address, 0);
    expect(responders.proves('host')).toBe(false);
    responders.lives('host', 'c');
    expect(responders.proves('host')).toBe(true);
    responders.heard('host', 'f', HOUR - 1);
    expect(responders.proves('host')).toBe(false);
    responders.heard('host', 'f', HOUR);
    expect(responders.proves('host')).toBe(true);
  });

  it('is judged as by somebody who remembers everything, while what it answers for comes within the hour', () => {
    const address = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g');
    fc.assert(
      fc.property(fc.array(address), (list) => {
        const responders = new Responders();
        const all = new Set<string>();
        for (const [at, one] of list.entries()) {
          responders.heard('host', one, at);
          all.add(one);
          expect(responders.proves('host')).toBe(all.size <= 4);
        }
      }),
    );
  });

  it('is forgotten when thousands of others came after it, so that memory stays small', () => {
    const responders = new Responders();
    for (const address of ['a', 'b', 'c', 'd', 'e']) responders.heard('first', address, 0);
    for (let i = 0; i < 4_096; i += 1) responders.heard(`host ${i}`, 'a', 0);
    expect(responders.proves('first')).toBe(true);
  });
});
