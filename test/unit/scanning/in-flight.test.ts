import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InFlight } from '../../../fargate-scanner/engines/connect/in-flight.ts';

describe('InFlight', () => {
  it('keeps the probes in the order they were started, whichever are removed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.nat({ max: 30 }), { maxLength: 120 }),
        (size, actions) => {
          const flight = new InFlight(size);
          const model: { slot: number; port: number }[] = [];
          for (const [step, action] of actions.entries()) {
            if (action % 2 === 0 && flight.count < size) {
              model.push({ slot: flight.add(0, step, 0, step), port: step });
            } else if (model.length > 0) {
              const [gone] = model.splice(action % model.length, 1);
              flight.remove(gone!.slot);
            }
            expect(flight.count).toBe(model.length);
            expect(flight.oldest).toBe(model[0]?.slot ?? -1);
            expect(new Set(model.map(({ slot }) => slot)).size).toBe(model.length);
            for (const { slot, port } of model) expect(flight.port[slot]).toBe(port);
          }
        },
      ),
    );
  });
});
