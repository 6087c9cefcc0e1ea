import * as z from 'zod';

const Health = z.enum(['ok', 'warn', 'fail']);
export type Health = z.infer<typeof Health>;

/** One line of `portcullis doctor`. */
export const Check = z.object({
  name: z.string(),
  health: Health,
  /** What was found. */
  found: z.string(),
  /** What to do about it; null when there is nothing to do. */
  advice: z.string().nullable(),
});
export type Check = z.infer<typeof Check>;

export const ok = (name: string, found: string): Check => ({ name, health: 'ok', found, advice: null });
export const warn = (name: string, found: string, advice: string): Check => ({ name, health: 'warn', found, advice });
export const fail = (name: string, found: string, advice: string): Check => ({ name, health: 'fail', found, advice });
