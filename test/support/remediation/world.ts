import type { Approval } from '../../../core/approvals/approval.ts';
import type { Mode } from '../../../core/config/settings.ts';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { endpoint } from '../../../core/net/address.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import { ClosedPortsFirewall } from '../../../core/remediation/closed-ports/closed-ports-firewall.ts';
import type { ComparePorts } from '../../../core/remediation/closed-ports/compare-record.ts';
import type { ProposePorts, VerifyPorts } from '../../../core/remediation/change-ports.ts';
import type { Plan, RemediationRequest } from '../../../core/remediation/plan.ts';
import { proposeChange } from '../../../core/remediation/propose.ts';
import { runChange } from '../../../core/remediation/run-change.ts';
import { recordVerification } from '../../../core/remediation/verify.ts';
import { after } from '../../../core/time.ts';
import { aFinding } from '../../builders/finding.ts';
import { aFingerprint } from '../../builders/fingerprint.ts';
import { anAddressResult, anOpenPort } from '../../builders/shard-result.ts';
import { anAsset } from '../../builders/asset.ts';
import { makeMemoryStores } from '../memory/stores.ts';
import { FakeFirewall } from './fake-firewall.ts';

const START = '2026-03-01T10:00:00.000Z';
const TARGET_PORT = 6379;
const NEIGHBOUR_PORT = 8080;
export const ADDRESS = '192.0.2.3';
export const OTHER_ADDRESS = '192.0.2.4';

type Ports = ComparePorts & ProposePorts & VerifyPorts;

/** One host with a finding at 192.0.2.3:6379, neighbours 192.0.2.3:8080 and 192.0.2.4:443, everything in memory. */
export class World {
  readonly stores = makeMemoryStores();
  readonly firewall = new FakeFirewall();
  readonly shards: { shard: Shard; delaySeconds: number }[] = [];
  readonly requests: RemediationRequest[] = [];
  /** Of each request, seconds. */
  readonly delays: number[] = [];
  readonly alerts: string[] = [];
  now = START;
  killSwitch: () => Promise<{ on: boolean; reason: string | null }> = async () => ({ on: false, reason: null });
  protection: () => Promise<string | null> = async () => null;
  readonly ports: Ports;
  #holders = 0;

  constructor(mode: Mode = 'approve') {
    this.ports = {
      ...this.stores,
      firewall: new ClosedPortsFirewall(this.firewall),
      closer: this.firewall,
      protection: { reasonToKeep: () => this.protection() },
      killSwitch: { read: () => this.killSwitch() },
      clock: { now: () => this.now },
      shards: {
        send: async (shards, options) => {
          for (const shard of shards) this.shards.push({ shard, delaySeconds: options?.delaySeconds ?? 0 });
        },
      },
      alerts: { send: async ({ group }) => void this.alerts.push(group) },
      queue: {
        send: async (request, options) => {
          this.requests.push(request);
          this.delays.push(options?.delaySeconds ?? 0);
        },
      },
      mode,
      auto: [],
      deciders: { approvers: [], signIn: null },
      changesPerHour: 10,
      approvalTtlMs: 3_600_000,
      newHolder: () => `holder-${(this.#holders += 1)}`,
    };
  }

  static async with(over: Partial<Finding> = {}, mode: Mode = 'approve'): Promise<World> {
    const world = new World(mode);
    await world.stores.assets.putAll([anAsset(), anAsset({ address: OTHER_ADDRESS })]);
    await world.stores.findings.save(aFinding({ version: 0, untold: [], ...over }));
    await world.stores.fingerprints.save(
      aFingerprint({ version: 0, open: `${TARGET_PORT},${NEIGHBOUR_PORT}`, history: [] }),
    );
    await world.stores.fingerprints.save(
      aFingerprint({ version: 0, address: OTHER_ADDRESS, open: '443', history: [] }),
    );
    return world;
  }

  later(ms: number): void {
    this.now = after(this.now, ms);
  }

  async finding(): Promise<Finding> {
    const [finding] = await this.stores.findings.list();
    return finding!;
  }

  async editFinding(over: Partial<Finding>): Promise<void> {
    await this.stores.findings.save({ ...(await this.finding()), ...over });
  }

  async plan(id: string): Promise<Plan> {
    return (await this.stores.plans.get(id))!;
  }

  async propose(): Promise<{ plan: Plan; approval: Approval }> {
    return proposeChange(this.ports, await this.finding(), 'ana');
  }

  /** Proposes, and ben approves one second later; resolves to the request that is then on the queue. */
  async approve(): Promise<RemediationRequest> {
    const { plan, approval } = await this.propose();
    this.later(1_000);
    await this.stores.approvals.decide(approval.id, 'approved', 'ben', this.now);
    this.later(1_000);
    return { action: 'apply', planId: plan.id, approvalId: approval.id, actor: 'ben' };
  }

  async applied(): Promise<RemediationRequest> {
    const request = await this.approve();
    await runChange(this.ports, request);
    return request;
  }

  /** Takes the shards that wait and answers each: `open` lists endpoints that accept, `silent` those that do not answer; the rest refuses. */
  async verifyAll(
    open: readonly string[],
    over: Partial<ShardResult> = {},
    silent: readonly string[] = [],
  ): Promise<void> {
    for (const result of this.answers(open, over, silent)) await recordVerification(this.ports, result);
  }

  answers(open: readonly string[], over: Partial<ShardResult> = {}, silent: readonly string[] = []): ShardResult[] {
    this.later(2_500);
    const waiting = this.shards.splice(0);
    return waiting.map(({ shard }) => {
      const [address = ''] = shard.addresses;
      const ports = shard.ports.split(',').map(Number);
      const isIn = (list: readonly string[], port: number) => list.includes(endpoint(address, port, shard.protocol));
      const accepting = ports.filter((port) => isIn(open, port));
      const result = anAddressResult({
        address,
        protocol: shard.protocol,
        covered: shard.ports,
        open: accepting.map((port) => anOpenPort(port)),
        closed: ports.filter((port) => !accepting.includes(port) && !isIn(silent, port)).join(','),
        startedAt: this.now,
        finishedAt: this.now,
      });
      return {
        shard,
        engine: 'connect',
        status: 'complete',
        reason: null,
        results: [result],
        startedAt: this.now,
        finishedAt: this.now,
        ...over,
      };
    });
  }

  async untold(): Promise<string[]> {
    return (await this.finding()).untold.map((mark) => mark.kind);
  }

  async notes(): Promise<string> {
    return (await this.finding()).untold.map((mark) => mark.note ?? '').join('\n');
  }

  async auditActions(): Promise<string[]> {
    return (await this.stores.audit.list({ limit: 100 })).map((row) => row.action);
  }
}
