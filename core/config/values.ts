import * as z from 'zod';
import { BadInput } from '../errors.ts';
import { parseDuration } from './duration.ts';

/** How a value is called in a message: `"fast"`, `70000`, `nothing`. */
export function shown(value: unknown): string {
  return value === undefined || value === null ? 'nothing' : JSON.stringify(value);
}

export const says = (allowed: string) => (issue: { input?: unknown }) => `${shown(issue.input)} is not ${allowed}`;

/** A text that `parse` accepts; numbers count as text (`ports: [22]`), because YAML makes numbers of what looks like one. */
export function text<T>(allowed: string, parse: (text: string) => T) {
  return z
    .preprocess((value) => (typeof value === 'number' ? String(value) : value), z.string({ error: says(allowed) }))
    .transform((value, context) => {
      try {
        return parse(value);
      } catch (error) {
        if (!(error instanceof BadInput)) throw error;
        context.addIssue({ code: 'custom', message: error.message, input: value });
        return z.NEVER;
      }
    });
}

/** A list; or one text separated by blanks or commas, as flags have it; or one number. */
export function list<T extends z.ZodType>(item: T, write: string) {
  return z.preprocess(
    (value) => {
      if (typeof value === 'number') return [value];
      if (typeof value !== 'string') return value;
      return value
        .replaceAll(/\s+-\s+/g, '-')
        .split(/[\s,]+/)
        .filter((part) => part !== '');
    },
    z
      .array(item, { error: says(`a list: write ${write}`) })
      .min(1, { error: `the list is empty: write ${write}, or leave it out` }),
  );
}

/** Checks `value` and keeps it as it was written. */
export const checked = (parse: (value: string) => unknown) => (value: string) => {
  parse(value);
  return value;
};

export const duration = (min: string, max: string) =>
  text(`a duration: write a number and s, m, h or d, ${min} to ${max}`, (value) => parseDuration(value, { min, max }));

/** A whole number within bounds; `write` says which. */
export const wholeNumber = (min: number, max: number, write: string) =>
  z
    .number({ error: says(`a number: ${write}`) })
    .int({ error: says(`a whole number: ${write}`) })
    .min(min, { error: (issue) => `${shown(issue.input)} is out of range: ${write}` })
    .max(max, { error: (issue) => `${shown(issue.input)} is out of range: ${write}` });
