import { EC2Client } from '@aws-sdk/client-ec2';
import { epochMs } from '../../core/time.ts';
import type { Run } from './once.ts';

/** CloudWatch API reference, PutMetricData: version 2010-08-01 of the query interface. */
const VERSION = '2010-08-01';
const NAMESPACE = 'Portcullis/Canary';
const LIMIT_MS = 20_000;

/**
 * Sends the legs of a run to CloudWatch: metric `latency` in milliseconds by `leg` and `group`, and `missed`, 0 or 1, by `group`. Each value
 * is one datum, so CloudWatch has the quantiles.
 * @throws when CloudWatch refuses, with what it answered
 */
export async function publishRun(region: string, run: Run, env: NodeJS.ProcessEnv): Promise<void> {
  const url = endpointOf(region, env);
  // For one call no client of CloudWatch is worth a package: any client can sign. It stays with the service it signs for first.
  const signing = new EC2Client({ region });
  const signer = await signing.config.signer({
    name: 'sigv4',
    signingName: 'monitoring',
    signingRegion: region,
    properties: {},
  });
  const { headers, body } = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    ...(url.port !== '' && { port: Number(url.port) }),
    path: url.pathname,
    query: {},
    headers: { host: url.host, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: metricData(run).toString(),
  });
  const response = await fetch(url, {
    method: 'POST',
    headers,
    body: String(body),
    signal: AbortSignal.timeout(LIMIT_MS),
  });
  if (!response.ok) {
    const text = (await response.text()).replaceAll(/\s+/g, ' ').slice(0, 300);
    throw new Error(`CloudWatch answered ${response.status}: ${text}`);
  }
}

function endpointOf(region: string, env: NodeJS.ProcessEnv): URL {
  const given = env['AWS_ENDPOINT_URL_CLOUDWATCH'] ?? env['AWS_ENDPOINT_URL'];
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(given ?? `https://monitoring.${region}.${domain}`);
}

function metricData({ at, groupId, outcome, legs }: Run): URLSearchParams {
  const latencies = Object.entries(legs).map(([leg, ms]) => ({
    name: 'latency',
    unit: 'Milliseconds',
    value: ms,
    dimensions: { leg, group: groupId },
  }));
  const missed = { name: 'missed', unit: 'Count', value: outcome === 'missed' ? 1 : 0, dimensions: { group: groupId } };
  const form = new URLSearchParams({ Action: 'PutMetricData', Version: VERSION, Namespace: NAMESPACE });
  for (const [i, { name, unit, value, dimensions }] of [...latencies, missed].entries()) {
    const member = `MetricData.member.${i + 1}`;
    form.set(`${member}.MetricName`, name);
    form.set(`${member}.Timestamp`, new Date(epochMs(at)).toISOString());
    form.set(`${member}.Unit`, unit);
    form.set(`${member}.Value`, String(value));
    for (const [j, [key, text]] of Object.entries(dimensions).entries()) {
      form.set(`${member}.Dimensions.member.${j + 1}.Name`, key);
      form.set(`${member}.Dimensions.member.${j + 1}.Value`, text);
    }
  }
  return form;
}
