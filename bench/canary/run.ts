/**
 * How long Portcullis takes from a rule that opens a port to a verdict, measured on an account: opens one rule, removes it again.
 * One JSON object for each run on stdout, with the distribution so far; progress on stderr. `npm run canary -- --help` prints the options.
 * Exit: 0 every run was noticed, 1 not, 2 wrong usage, 130 stopped. The rule is removed before it ends, also by Ctrl-C; what a killed
 * canary left is removed by the next one.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EC2Client } from '@aws-sdk/client-ec2';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BadInput, messageOf, Refused } from '../../core/errors.ts';
import { toInstant } from '../../core/time.ts';
import { ApiClient } from '../../local/cli/api-client.ts';
import { CanaryGroup, LeftOpen } from './canary-group.ts';
import { distributionOf } from './distribution.ts';
import { runOnce, type Run } from './once.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { publishRun } from './publish.ts';
import { watchApi, watchTable, type Watch } from './watch.ts';

const say = (line: string) => process.stderr.write(`${line}\n`);

async function main(args: readonly string[]): Promise<number> {
  if (args.includes('--help')) {
    console.log(USAGE);
    return 0;
  }
  const options = readOptions(args, process.env);
  const stopped = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Whoever presses it twice waits too: the rule is still there.
    process.on(signal, () => {
      say('stopping: the rule is removed first');
      stopped.abort();
    });
  }
  const config = { region: options.region };
  const ec2 = new EC2Client(config);
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  try {
    return await repeat(options, ec2, await watchOf(options, documents), stopped.signal);
  } finally {
    documents.destroy();
    ec2.destroy();
  }
}

async function repeat(options: Options, ec2: EC2Client, watch: Watch, signal: AbortSignal): Promise<number> {
  const waiting = {
    now: () => toInstant(Date.now()),
    wait: async (ms: number, until?: AbortSignal) => wait(ms, undefined, until && { signal: until }),
    signal,
  };
  const group = new CanaryGroup(ec2, options.groupId);
  const runs: Run[] = [];
  let failed = 0;
  for (let i = 0; i < options.runs; i += 1) {
    try {
      if (i > 0) await waiting.wait(options.everyMs, signal);
      const run = await runOnce({ ...waiting, group, watch, say }, options);
      runs.push(run);
      console.log(JSON.stringify({ run, distribution: distributionOf(runs) }));
      if (options.publish) await publishRun(options.region, run, process.env);
    } catch (error) {
      if (error instanceof LeftOpen || error instanceof Refused) throw error;
      if (signal.aborted) return 130;
      failed += 1;
      say(`run ${i + 1} failed: ${messageOf(error)}`);
    }
  }
  return failed === 0 && runs.every(({ outcome }) => outcome !== 'missed') ? 0 : 1;
}

async function watchOf({ watch }: Options, documents: DynamoDBDocumentClient): Promise<Watch> {
  if ('table' in watch) return watchTable(documents, watch.table);
  const token = await readFile(watch.tokenFile, 'utf8').catch(() => null);
  return watchApi(new ApiClient(fetch, watch.api, token?.trim() ?? null));
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(messageOf(error));
  process.exitCode = error instanceof BadInput ? 2 : 1;
}
