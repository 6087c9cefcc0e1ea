import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Settings } from '../../core/config/settings.ts';
import { ScannerNetwork } from '../constructs/scanner-network.ts';
import { ScannerScaling } from '../constructs/scanner-scaling.ts';
import { ScannerTask } from '../constructs/scanner-task.ts';
import { grantStores } from '../constructs/table-access.ts';
import type { DataStack } from './data-stack.ts';
import type { PipelineStack } from './pipeline-stack.ts';

const LANES = ['shards', 'shards-priority', 'shards-backstop'] as const;
/** Probes a second of one task on untracked flows (research/anchors-scanners.md 6.2). */
const RATE_PER_TASK = 5_000;
const MOST_TASKS = 10;
/** On demand, while Spot has no capacity: it may still be there when Spot is back. */
const RESERVE_TASKS = 1;

export interface ScannersProps extends StackProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly pipeline: PipelineStack;
}

/** The scanners: they read shards, write results, lease addresses, and know nothing else but the kill switch, what is ours and which run is over. */
export class ScannersStack extends Stack {
  readonly scanner: ScannerTask;
  /** Queues that the tasks take their work from. */
  readonly lanes: readonly Queue[];

  constructor(scope: Construct, id: string, { settings, data, pipeline, ...props }: ScannersProps) {
    super(scope, id, props);
    const { queues } = pipeline;
    // All tasks together keep to the configured rate.
    const maxTasks = Math.min(MOST_TASKS, Math.ceil(settings.rate / RATE_PER_TASK));
    const rate = Math.max(1, Math.floor(settings.rate / maxTasks));
    this.lanes = LANES.map((lane) => queues.get(lane).queue);
    this.scanner = new ScannerTask(this, 'Scanner', {
      network: new ScannerNetwork(this, 'Network'),
      environment: {
        TABLE_NAME: data.table.tableName,
        SHARDS_QUEUE_URL: queues.url('shards'),
        SHARDS_PRIORITY_QUEUE_URL: queues.url('shards-priority'),
        SHARDS_BACKSTOP_QUEUE_URL: queues.url('shards-backstop'),
        SHARDS_DEAD_LETTERS_QUEUE_URL: queues.deadLettersUrl('shards'),
        SHARDS_PRIORITY_DEAD_LETTERS_QUEUE_URL: queues.deadLettersUrl('shards-priority'),
        SHARDS_BACKSTOP_DEAD_LETTERS_QUEUE_URL: queues.deadLettersUrl('shards-backstop'),
        RESULTS_QUEUE_URL: queues.url('results'),
        EXCLUDE: JSON.stringify(settings.exclude),
        RATE: String(rate),
        PER_ADDRESS_RATE: String(settings.ratePerAddress),
        SCANNERS: String(maxTasks + RESERVE_TASKS),
      },
      rate,
    });
    const { taskRole } = this.scanner.task;
    for (const lane of LANES) {
      const { queue, deadLetters } = queues.get(lane);
      queue.grantConsumeMessages(taskRole);
      deadLetters.grantSendMessages(taskRole);
    }
    queues.get('results').queue.grantSendMessages(taskRole);
    grantStores(data.table, taskRole, { read: ['killSwitch', 'assets', 'runs'], write: ['addressLeases'] });
    new ScannerScaling(this, 'Scaling', {
      spot: this.scanner.spot,
      reserve: this.scanner.reserve,
      lanes: this.lanes,
      maxTasks,
    });
  }
}
