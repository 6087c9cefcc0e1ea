export type Health = 'ok' | 'warn' | 'fail';

/** One line of `portcullis doctor`. */
export interface Check {
  name: string;
  health: Health;
  /** What was found. */
  found: string;
  /** What to do about it; null when there is nothing to do. */
  advice: string | null;
}

export const ok = (name: string, found: string): Check => ({ name, health: 'ok', found, advice: null });
export const warn = (name: string, found: string, advice: string): Check => ({ name, health: 'warn', found, advice });
export const fail = (name: string, found: string, advice: string): Check => ({ name, health: 'fail', found, advice });
