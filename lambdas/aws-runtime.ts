import { emfMetrics } from '../adapters/aws/emf-metrics.ts';
import { jsonLog } from '../adapters/local/json-log.ts';
import { toInstant } from '../core/time.ts';

export const systemClock = { now: () => toInstant(Date.now()) };
const toLog = (line: string) => process.stdout.write(`${line}\n`);
export const lambdaLog = jsonLog(toLog, 'info');
export const lambdaMetrics = emfMetrics(toLog);

/** Lambda's own variable. @throws when it is not set. */
export function ownRegion(): string {
  const region = process.env['AWS_REGION'];
  if (region === undefined) throw new Error('AWS_REGION is not set: Lambda sets it');
  return region;
}
