import type { Log } from '../../core/ports/log.ts';

/** One JSON object a line on `write`: level, time, message, fields. Times are this process's wall clock. */
export function jsonLog(write: (line: string) => void, level: 'info' | 'warn' = 'warn'): Log {
  const line = (name: string, message: string, fields: Record<string, unknown> = {}) =>
    write(JSON.stringify({ level: name, at: new Date().toISOString(), message, ...fields }));
  return {
    info: (message, fields) => (level === 'info' ? line('info', message, fields) : undefined),
    warn: (message, fields) => line('warn', message, fields),
  };
}
