import type { Alert } from '../../../core/alerting/alert.ts';
import type { Asset } from '../../../core/assets/asset.ts';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import type { Settings } from '../../../core/config/settings.ts';
import { DEFAULT_CLOSURE_POLICY } from '../../../core/fingerprints/closure-policy.ts';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import type { Admission, Finding } from '../../../core/findings/finding.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import { makeAnnounce } from '../../../core/stages/announce.ts';
import { makeDispatch } from '../../../core/stages/dispatch.ts';
import { makeIngest } from '../../../core/stages/ingest.ts';
import { after } from '../../../core/time.ts';
import { anAsset } from '../../builders/asset.ts';
import { anAddressResult, anOpenPort, aShardResult } from '../../builders/shard-result.ts';
import { makeMemoryStores } from '../memory/stores.ts';

export const ADDRESS = '192.0.2.3';

/** The stages over stores in memory and queues that are arrays. */
export class StageWorld {
  readonly stores = makeMemoryStores();
  readonly sent: { shard: Shard; delaySeconds: number; priority: boolean; backstop: boolean }[] = [];
  readonly alertRequests: { group: string; delaySeconds: number }[] = [];
  readonly alerts: Alert[] = [];
  readonly prepared: string[] = [];
  readonly verified: string[] = [];
  readonly warnings: string[] = [];
  now = '2026-03-01T09:00:00.000Z';
  awaitsPlan: (finding: Finding) => boolean = () => false;
  killSwitch: () => Promise<{ on: boolean; reason: string | null }> = async () => ({ on: false, reason: null });
  settings: Settings = { ...DEFAULT_SETTINGS, targets: [ADDRESS] };
  watched: Asset[] = [anAsset({ address: ADDRESS })];
  /** Called before each publish; may throw. */
  beforePublish: () => Promise<void> = async () => undefined;
  #ids = 0;

  readonly ports = {
    ...this.stores,
    clock: { now: () => this.now },
    log: { info: () => undefined, warn: (message: string) => void this.warnings.push(message) },
    killSwitch: { read: () => this.killSwitch() },
    firewall: {
      admissions: async (): Promise<Admission[]> => [
        { ruleId: 'host:default', source: '0.0.0.0/0', breadth: 'internet', byDefault: true },
      ],
    },
    shards: {
      send: async (
        shards: readonly Shard[],
        options: { delaySeconds?: number; priority?: boolean; backstop?: boolean } = {},
      ) => {
        for (const shard of shards) {
          const { delaySeconds = 0, priority = false, backstop = false } = options;
          this.sent.push({ shard, delaySeconds, priority, backstop });
        }
      },
    },
    alerts: {
      send: async ({ group }: { group: string }, { delaySeconds }: { delaySeconds: number }) => {
        this.alertRequests.push({ group, delaySeconds });
      },
    },
    sink: {
      publish: async (alert: Alert) => {
        await this.beforePublish();
        this.alerts.push(alert);
      },
    },
    newId: () => `holder-${(this.#ids += 1)}`,
    closure: DEFAULT_CLOSURE_POLICY,
    alertWindowMs: 1_000,
    awaitsPlan: (finding: Finding) => this.awaitsPlan(finding),
    prepare: async (finding: Finding) => void this.prepared.push(finding.id),
    verify: async (result: ShardResult) => void this.verified.push(result.shard.shardId),
    watchedAssets: () => this.watched,
  };

  ingest(results: readonly ShardResult[], over: object = {}) {
    return makeIngest({ ...this.ports, ...over })(results);
  }

  announce(group: string, over: object = {}) {
    return makeAnnounce({ ...this.ports, ...over })({ group });
  }

  dispatch(taskId: string, scheduledAt = this.now) {
    return makeDispatch({ ...this.ports, settings: this.settings, watched: async () => this.watched })({
      taskId,
      scheduledAt,
    });
  }

  later(ms: number): void {
    this.now = after(this.now, ms);
  }

  /** A sweep of the address now: `covered` looked at, `open` open, the rest refused. */
  sweep(open: readonly number[], over: { covered?: string; shardId?: string; status?: ShardResult['status'] } = {}) {
    const { covered = '22,80,443,6379,8080', shardId = `s-${this.now}` } = over;
    this.later(1_000);
    const [startedAt, finishedAt] = [this.now, after(this.now, 100)];
    return aShardResult({
      status: over.status ?? 'complete',
      shard: { shardId, ports: covered },
      startedAt,
      finishedAt,
      results: [
        anAddressResult({
          address: ADDRESS,
          covered,
          open: open.map((port) => anOpenPort(port)),
          closed: covered
            .split(',')
            .filter((port) => !open.includes(Number(port)))
            .join(','),
          startedAt,
          finishedAt,
        }),
      ],
    });
  }

  async findingAt(port: number): Promise<Finding | undefined> {
    return (await this.stores.findings.list()).find((finding) => finding.port === port);
  }
}
