import { readFileSync } from 'node:fs';
import * as z from 'zod';
import type { Deployed } from './deployed.ts';
import type { Design } from './design.ts';
import type { Month } from './model.ts';

export const PriceTable = z.object({
  region: z.string(),
  currency: z.literal('USD'),
  written: z.string(),
  source: z.string(),
  prices: z.record(z.string(), z.object({ usd: z.number(), unit: z.string(), from: z.string() })),
});
export type PriceTable = z.infer<typeof PriceTable>;

export interface Line {
  readonly item: string;
  readonly usd: number;
  /** How it comes about. */
  readonly how: string;
}

export function readPrices(): PriceTable {
  return PriceTable.parse(JSON.parse(readFileSync(new URL('prices.json', import.meta.url), 'utf8')));
}

/** AWS bills Container Insights by custom metric: 8 of a cluster, 11 of a service, 6 of a task family (CloudWatch pricing, its ECS example). */
const INSIGHT_METRICS = 8 + 11 + 6;
/** Legs of a change that adapters/aws/emf-metrics.ts has a metric for. */
const OWN_METRICS = 5;
/** Starts of schedules a month, next to nothing: once a minute and once every 15, and the tasks. */
const SCHEDULED = 60_000;

export function billOf(month: Month, deployed: Deployed, design: Design, table: PriceTable): Line[] {
  const price = (name: string): number => {
    const found = table.prices[name];
    if (found === undefined) throw new Error(`prices.json has no price "${name}"`);
    return found.usd;
  };
  const sum = (units: Readonly<Record<string, number>>): number => Object.values(units).reduce((a, b) => a + b, 0);
  const { taskVcpu: vcpu, taskGb: gb, containerInsights: insights } = deployed;
  const hour = vcpu * price('fargateVcpuHour') + gb * price('fargateGbHour');
  const first = design.firstTask === 'Spot' ? price('fargateSpotShare') : 1;
  const spotHours = month.taskHours - month.hoursOn;
  const dashboards = design.dashboard ? deployed.dashboards : 0;
  const million = (count: number): number => count / 1e6;
  const sqs = sum(month.sqs);
  const [writes, reads] = [sum(month.writes), sum(month.reads)];
  const text = (count: number): string => Math.round(count).toLocaleString('en');
  const part = (units: Readonly<Record<string, number>>): string =>
    Object.entries(units)
      .sort(([, a], [, b]) => b - a)
      .slice(0, 3)
      .map(([name, count]) => `${name} ${text(count)}`)
      .join(', ');
  return [
    {
      item: `Fargate${design.firstTask === 'Spot' ? ' Spot' : ''}, the first task`,
      usd: month.hoursOn * hour * first,
      how: `${text(month.hoursOn)} h x ${vcpu} vCPU and ${gb} GB`,
    },
    {
      item: 'Fargate Spot, tasks beyond it',
      usd: spotHours * hour * price('fargateSpotShare'),
      how: `${text(spotHours)} h`,
    },
    {
      item: 'Public IPv4 addresses of tasks',
      usd: month.taskHours * price('publicIpv4Hour'),
      how: `${text(month.taskHours)} h`,
    },
    {
      item: 'Traffic in the Region, both ways',
      usd: 2 * month.trafficGb * price('trafficGbEachWay'),
      how: `${text(month.probes)} probes, ${text(month.trafficGb)} GB each way`,
    },
    {
      item: 'SQS',
      usd: million(sqs) * price('sqsMillion'),
      how: `${text(sqs)} requests: ${part(month.sqs)}`,
    },
    {
      item: 'DynamoDB writes',
      usd: million(writes) * price('dynamoWriteMillion'),
      how: `${text(writes)} units: ${part(month.writes)}`,
    },
    {
      item: 'DynamoDB reads',
      usd: million(reads) * price('dynamoReadMillion'),
      how: `${text(reads)} units: ${part(month.reads)}`,
    },
    {
      item: 'DynamoDB storage and its backup',
      usd: month.storedGb * (price('dynamoGbMonth') + price('dynamoBackupGbMonth')),
      how: `${month.storedGb.toFixed(2)} GB`,
    },
    {
      item: 'Lambda',
      usd: million(month.invocations) * price('lambdaMillion') + month.gbSeconds * price('lambdaGbSecond'),
      how: `${text(month.invocations)} invocations, ${text(month.gbSeconds)} GB-seconds`,
    },
    { item: 'Logs', usd: month.logGb * price('logsGb'), how: `${month.logGb.toFixed(1)} GB` },
    {
      item: 'Alarms',
      usd: deployed.alarmMetrics * price('alarmMetricMonth'),
      how: `${deployed.alarmMetrics} metrics`,
    },
    {
      item: 'Container Insights',
      usd: insights ? INSIGHT_METRICS * price('customMetricMonth') : 0,
      how: insights ? `${INSIGHT_METRICS} metrics` : 'off',
    },
    {
      item: 'Own metrics, dashboard, KMS key, schedules',
      usd:
        OWN_METRICS * price('customMetricMonth') +
        dashboards * price('dashboardMonth') +
        deployed.keys * price('kmsKeyMonth') +
        million(SCHEDULED) * price('schedulerMillion'),
      how: `${OWN_METRICS} metrics, ${dashboards} dashboard, ${deployed.keys} key`,
    },
  ];
}

export const totalOf = (lines: readonly Line[]): number => lines.reduce((sum, { usd }) => sum + usd, 0);
