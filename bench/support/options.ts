import { BadInput, messageOf } from '../../core/errors.ts';

/** What `read` makes of the command line. A mistake in it is a sentence on stderr and exit code 2. */
export function optionsOf<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exit(2);
  }
}

/** @throws BadInput naming the option and what is allowed */
export function wholeNumber(name: string, text: string, least = 1): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least) return value;
  throw new BadInput(`${name} "${text}": write a whole number from ${least}.`);
}
