import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clients } from '../../adapters/aws/clients.ts';
import { snsAlertSink } from '../../adapters/aws/sns-alert-sink.ts';
import { sqsAlertQueue, sqsRemediationQueue, sqsShardQueue } from '../../adapters/aws/sqs-queues.ts';
import { makeStores } from '../../adapters/aws/stores.ts';
import { openHostFirewall } from '../../adapters/firewall/host-firewall.ts';
import { HostProtection } from '../../adapters/firewall/host-protection.ts';
import { FileKillSwitch } from '../../adapters/local/file-kill-switch.ts';
import type { Settings } from '../../core/config/settings.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import type { Clock } from '../../core/ports/clock.ts';
import type { PortCloser } from '../../core/ports/port-closer.ts';
import type { AlertSink } from '../../core/ports/queues.ts';
import type { Log } from '../../core/ports/log.ts';
import { RoutedFirewall } from '../../core/remediation/routed-firewall.ts';
import { ClosedPortsFirewall } from '../../core/remediation/closed-ports/closed-ports-firewall.ts';
import { type LocalAws, openLocalAws } from './cloud.ts';
import type { EmbeddedCloud } from '../cloud/embedded-cloud.ts';

export interface LocalParts {
  cloud: EmbeddedCloud;
  clients: Clients;
  settings: Settings;
  dataDir: string;
  clock: Clock;
  log: Log;
  /** Where this process serves; never closed by a change. */
  listening: { host: string; port: number };
}

/** The ports of one machine: AWS adapters on the embedded cloud, this host's firewall, files in the data directory. */
export async function localBasePorts(
  parts: LocalParts,
): Promise<BasePorts & { sink: AlertSink; closer: PortCloser; aws: LocalAws | null }> {
  const { cloud, clients, settings, dataDir, clock, log } = parts;
  const stores = makeStores(clients.documents, cloud.tableName, { expires: false });
  const closer = await openHostFirewall(settings.mode);
  const host = new ClosedPortsFirewall(closer);
  const aws = await openLocalAws({ settings, assets: stores.assets, clock });
  return {
    ...stores,
    clock,
    log,
    settings,
    killSwitch: new FileKillSwitch(join(dataDir, 'kill-switch')),
    firewall: aws === null ? host : new RoutedFirewall({ assets: stores.assets, cloud: aws.firewall, host }),
    closer,
    aws,
    protection: new HostProtection({ listening: () => parts.listening, protect: settings.protect }),
    shards: sqsShardQueue(clients.sqs, {
      bulk: cloud.queueUrls.shards,
      priority: cloud.queueUrls['shards-priority'],
      backstop: cloud.queueUrls['shards-backstop'],
    }),
    alerts: sqsAlertQueue(clients.sqs, cloud.queueUrls.alerts),
    queue: sqsRemediationQueue(clients.sqs, cloud.queueUrls.remediation),
    sink: snsAlertSink(clients.sns, cloud.topicArn),
    newId: randomUUID,
  };
}
