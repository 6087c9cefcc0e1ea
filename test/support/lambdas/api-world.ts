import { NoFirewall } from '../../../adapters/firewall/no-firewall.ts';
import { ConfiguredAssets } from '../../../core/assets/configured-assets.ts';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import type { Settings } from '../../../core/config/settings.ts';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import type { RemediationRequest } from '../../../core/remediation/plan.ts';
import { makeApiFunction } from '../../../lambdas/api/function.ts';
import { apiServices } from '../../../lambdas/api/services.ts';
import { type ApiFunctionPorts, signedUseCases } from '../../../lambdas/api/use-cases.ts';
import { anApproval } from '../../builders/approval.ts';
import { aFinding } from '../../builders/finding.ts';
import { aPlan, aPlanBody } from '../../builders/plan.ts';
import { makeMemoryStores } from '../memory/stores.ts';
import { PUBLIC_URL } from './deployment.ts';
import { signedEvent, type SignedRequest } from './signed-event.ts';

/** lambdas/api over memory stores and queues that are arrays. */
export function makeApiWorld(over: Partial<Settings> = {}, ports: Partial<ApiFunctionPorts> = {}) {
  const stores = makeMemoryStores();
  const time = { now: '2026-03-01T09:30:00.000Z' };
  const clock = { now: () => time.now };
  const settings: Settings = { ...DEFAULT_SETTINGS, targets: ['192.0.2.0/28'], mode: 'approve', ...over };
  const shards: { shard: Shard; priority: boolean }[] = [];
  const requests: RemediationRequest[] = [];
  const results: ShardResult[] = [];
  const logged: { message: string; fields: object | undefined }[] = [];
  const log = {
    info: () => undefined,
    warn: (message: string, fields?: object) => void logged.push({ message, fields }),
  };
  const resolver = {
    resolveHost: async () => ['192.0.2.5'],
    readFile: async (): Promise<string> => {
      throw new Error('no file is read');
    },
  };
  let ids = 0;
  const base: ApiFunctionPorts = {
    ...stores,
    clock,
    log,
    settings,
    killSwitch: { read: async () => ({ on: false, reason: null }) },
    firewall: new NoFirewall('none in this test'),
    protection: { reasonToKeep: async () => null },
    shards: {
      send: async (sent, options) =>
        void shards.push(...sent.map((shard) => ({ shard, priority: options?.priority === true }))),
    },
    alerts: { send: async () => undefined },
    queue: { send: async (request) => void requests.push(request) },
    results: { send: async (result) => void results.push(result) },
    resolver,
    configured: new ConfiguredAssets(settings, { clock, log, resolver, interfaces: { list: async () => [] } }),
    newId: () => `${(ids += 1)}`,
    ...ports,
  };
  let opened = 0;
  const services = apiServices(base, async () => {
    opened += 1;
    return signedUseCases(base);
  });
  const handle = makeApiFunction(services, { publicUrl: PUBLIC_URL, log });

  /** One request; the body parsed where it is JSON. */
  async function ask(method: string, path: string, request: SignedRequest = {}) {
    const { statusCode, headers, body } = await handle(signedEvent(method, path, request));
    const isJson = String(headers?.['content-type'] ?? headers?.['Content-Type']).startsWith('application/json');
    return {
      status: statusCode,
      headers,
      text: body,
      json: isJson && body !== '' ? (JSON.parse(body) as unknown) : null,
    };
  }

  /** A finding with its proposed plan and pending approval. */
  async function addPending() {
    const finding = await stores.findings.save(aFinding({ version: 0, untold: [] }));
    const plan = await stores.plans.save(aPlan({ body: aPlanBody({ findingId: finding.id }) }));
    const approval = await stores.approvals.save(
      anApproval({ findingId: finding.id, planId: plan.id, planHash: plan.hash }),
    );
    return { finding, plan, approval };
  }

  /** Everything that a request may change, as text. */
  const snapshot = async () =>
    JSON.stringify([
      await stores.approvals.list(),
      await stores.plans.list(),
      await stores.findings.list(),
      await stores.whitelist.list(),
      await stores.lines.list(),
      await stores.audit.list({ limit: 100 }),
      await stores.runs.list({ limit: 100 }),
      shards,
      requests,
      results,
    ]);

  return {
    stores,
    time,
    shards,
    requests,
    results,
    logged,
    services,
    handle,
    ask,
    addPending,
    snapshot,
    /** How often the use cases were opened. */
    opened: () => opened,
  };
}
