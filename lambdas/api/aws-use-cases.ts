import { randomUUID } from 'node:crypto';
import type * as z from 'zod';
import { makeQueueClient } from '../../adapters/aws/queue-client.ts';
import { sqsAlertQueue, sqsRemediationQueue, sqsResultQueue, sqsShardQueue } from '../../adapters/aws/sqs-queues.ts';
import { HostTargetResolver } from '../../adapters/local/target-resolver.ts';
import { ConfiguredAssets } from '../../core/assets/configured-assets.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import { configuredProtection } from '../../core/remediation/configured-protection.ts';
import type { UseCases } from '../../web/services.ts';
import { awsFirewall, watchedCloud } from '../aws-firewall.ts';
import { ownRegion } from '../aws-runtime.ts';
import type { ApiEnv } from './env.ts';
import { lazyFirewall } from './lazy-firewall.ts';
import { signedUseCases } from './use-cases.ts';

type GivenPorts = Omit<BasePorts, 'firewall' | 'protection' | 'shards' | 'alerts' | 'queue' | 'newId'>;

/** Imported when the first use case is asked for: the queues, and what each use case needs, are a tenth of the function. */
export function awsUseCases(env: z.infer<typeof ApiEnv>, ports: GivenPorts): UseCases {
  const { settings, clock, log } = ports;
  const sqs = makeQueueClient({ region: ownRegion() });
  const resolver = new HostTargetResolver();
  /** What people ask to be scanned goes ahead of every sweep: this function has no other queue for shards. */
  const shards = env.SHARDS_PRIORITY_QUEUE_URL;
  return signedUseCases({
    ...ports,
    firewall: lazyFirewall(async () => awsFirewall(ports, await watchedCloud(ports, 'api'), { mayChange: false })),
    protection: configuredProtection(settings.protect),
    shards: sqsShardQueue(sqs, { bulk: shards, priority: shards, backstop: shards }),
    alerts: sqsAlertQueue(sqs, env.ALERTS_QUEUE_URL),
    queue: sqsRemediationQueue(sqs, env.REMEDIATION_QUEUE_URL),
    results: sqsResultQueue(sqs, env.RESULTS_QUEUE_URL),
    resolver,
    configured: new ConfiguredAssets(settings, {
      clock,
      log,
      resolver,
      // A function has no addresses worth watching.
      interfaces: { list: async () => [] },
    }),
    newId: randomUUID,
  });
}
