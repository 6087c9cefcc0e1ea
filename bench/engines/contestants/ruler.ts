import { join } from 'node:path';
import { compileC } from '../../../test/support/lab/compile-c.ts';
import { INTERFACE } from '../../../test/support/lab/lab.ts';
import { type Contestant, pairs } from './contestant.ts';

const LINE = /^(?<address>[\d.]+) (?<port>\d+)$/gm;

/** The C loop of the same packets, no scanner. */
export function ruler(): Contestant {
  const program = compileC(join(import.meta.dirname, '..', 'ruler.c'));
  return {
    name: 'C ruler',
    here: { version: 'ruler.c' },
    ask: ({ lab, family, addresses, ports }) =>
      family === 'v6' || ports !== '1-65535'
        ? null
        : {
            command: [
              program,
              INTERFACE,
              lab.source.v4,
              lab.targetMac,
              addresses[0] ?? '',
              String(addresses.length),
              '65535',
            ],
            found: pairs(LINE),
          },
  };
}
