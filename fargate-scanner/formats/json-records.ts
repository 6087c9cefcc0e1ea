import * as z from 'zod';
import { BadInput } from '../../core/errors.ts';
import { type Address, toAddress } from '../../core/net/address.ts';
import { JsonObjects } from './json-objects.ts';
import { excerpt } from './lines.ts';
import { LeftOut, type Reader, type Seen } from './seen.ts';

/** An IP address in any text form, made canonical. */
export const AddressText = z.string().transform((text, context): Address => {
  const address = toAddress(text.trim());
  if (address !== undefined) return address;
  context.addIssue({ code: 'custom', message: `${excerpt(text)} is not an IP address` });
  return z.NEVER;
});

interface RecordFormat {
  readonly scanner: string;
  /** A record as an example, for messages. */
  readonly example: string;
  /** Does an array that is open at the end mean that the output was cut? */
  readonly mustClose: boolean;
  /** What a record says; `'end'` for the scanner's own end mark. @throws ZodError */
  take(record: unknown, leftOut: LeftOut): readonly Seen[] | 'end';
}

/** A reader of JSON records, one after the other or in an array. */
export function recordReader(format: RecordFormat): Reader {
  const objects = new JsonObjects();
  const leftOut = new LeftOut();
  let ended = false;

  const take = (text: string, line: number): readonly Seen[] => {
    // masscan to 1.0.4 ends its array with {finished: 1}, which is no JSON.
    if (/^\{\s*"?finished"?\s*:\s*\d+\s*\}$/.test(text)) {
      ended = true;
      return [];
    }
    try {
      const seen = format.take(JSON.parse(text), leftOut);
      // A file may hold several runs: what comes behind an end mark must end itself.
      ended = seen === 'end';
      return seen === 'end' ? [] : seen;
    } catch (error) {
      if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error;
      const why = error instanceof z.ZodError ? error.issues.map(problemOf).join(', ') : error.message;
      throw new BadInput(
        `line ${line}: ${excerpt(text)} is not a record of ${format.scanner} (${why}): write records such as ${format.example}`,
        { cause: error },
      );
    }
  };

  return {
    scanner: format.scanner,
    leftOut,
    write(text) {
      const seen: Seen[] = [];
      objects.write(text, (object, line) => void seen.push(...take(object, line)));
      return seen;
    },
    end() {
      const open = format.mustClose && objects.inArray && !ended ? objects.line : null;
      return { seen: [], endedEarly: objects.unfinished ?? open };
    },
  };
}

/** `"ports.0.port" is too big: expected number to be <=65535`. */
function problemOf({ path, message }: z.core.$ZodIssue): string {
  const where = `"${path.join('.')}"`;
  if (message.endsWith('received undefined')) return `${where} is missing`;
  if (message.includes('is not an IP address')) return message;
  return `${where} is ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}
