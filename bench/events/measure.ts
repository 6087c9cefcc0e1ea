import { setTimeout as sleep } from 'node:timers/promises';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import { PortSet } from '../../core/net/port-set.ts';
import { hostEngines } from '../../fargate-scanner/engines/engines.ts';
import { startLocalScanner } from '../../local/machine/local-scanner.ts';
import { AwsBox } from '../../test/support/aws/box.ts';
import { close, listen } from '../../test/e2e/support/portcullis.ts';
import { startMoto } from '../../test/support/emulators/moto.ts';
import { startPipeline } from '../ingest/pipeline.ts';
import { load, machine } from '../support/machine.ts';
import { atMost, latencies } from '../support/stats.ts';
import { openedEvent } from './opened-event.ts';
import { runProgress } from '../../fargate-scanner/progress.ts';

const REGION = 'us-east-1';
/** moto's account for keys that it does not know. */
const ACCOUNT = '123456789012';
const MACHINES = 4;
const FIRST_PORT = 20_000;
const POLL_MS = 5;
const PATIENCE_MS = 30_000;

export async function measureEvents({ events, say }: { events: number; say: (line: string) => void }) {
  const loadBefore = load();
  const cleanups: (() => Promise<unknown>)[] = [];
  try {
    const moto = await startMoto();
    cleanups.push(() => moto.close());
    Object.assign(process.env, {
      AWS_ENDPOINT_URL: moto.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: REGION,
    });
    const box = new AwsBox(moto.url);
    await box.start();
    cleanups.push(() => box.stop());
    for (let i = 0; i < MACHINES; i += 1) await box.addMachine(`machine-${i}`, []);
    const settings = { ...DEFAULT_SETTINGS, aws: { regions: [REGION], accounts: [], securityHub: false } };
    const pipeline = await startPipeline(say, settings);
    cleanups.push(() => pipeline.stop());
    const { base, cloud, clients, results } = pipeline;
    const scanner = startLocalScanner({
      cloud,
      clients,
      base,
      results,
      engines: hostEngines(),
      progress: runProgress(),
    });
    cleanups.push(() => scanner.stop());
    await pipeline.inventory();

    const [evaluated, confirmed]: [number[], number[]] = [[], []];
    for (let i = 0; i < events; i += 1) {
      const victim = box.machines[i % MACHINES];
      if (victim === undefined) throw new Error('no machine');
      const port = FIRST_PORT + i;
      const listener = await listen(victim.address, port);
      cleanups.push(() => close(listener));
      const ruleId = await box.allow(victim.groupId, { from: port, to: port, cidr: '0.0.0.0/0' });
      await box.mirrored();
      const at = new Date().toISOString();
      const event = openedEvent({ account: ACCOUNT, region: REGION, groupId: victim.groupId, ruleId, port, at });
      const started = performance.now();
      await clients.sqs.send(
        new SendMessageCommand({ QueueUrl: cloud.queueUrls['firewall-events'], MessageBody: JSON.stringify(event) }),
      );
      const since = async (what: string, is: () => Promise<boolean>) => {
        while (!(await is())) {
          if (performance.now() - started > PATIENCE_MS) throw new Error(`event ${i} was not ${what}`);
          await sleep(POLL_MS);
        }
        return performance.now() - started;
      };
      evaluated.push(
        await since('evaluated', async () => {
          const known = (await base.admitted.getMany([victim.address])).get(victim.address);
          return known?.pairs.some(({ ports }) => PortSet.parse(ports).has(port)) ?? false;
        }),
      );
      confirmed.push(
        await since('confirmed', async () =>
          (await base.findings.list()).some(
            (it) =>
              it.address === victim.address && it.port === port && it.admittedBy.some((rule) => rule.ruleId === ruleId),
          ),
        ),
      );
      say(
        `event ${i + 1}/${events}: evaluated ${evaluated.at(-1)?.toFixed(0)} ms, confirmed ${confirmed.at(-1)?.toFixed(0)} ms`,
      );
    }
    const seconds = { evaluated: latencies(evaluated), confirmed: latencies(confirmed) };
    return {
      bench: 'events',
      machine: machine(),
      load: { before: loadBefore, after: load() },
      events,
      seconds,
      targets: [
        atMost('event received to what it lets in, p95', seconds.evaluated.p95, 1, 's'),
        atMost('event received to confirmed by a probe, p95', seconds.confirmed.p95, 3, 's'),
      ],
    };
  } finally {
    for (const cleanup of cleanups.reverse()) await cleanup();
  }
}
