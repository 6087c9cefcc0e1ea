import { fileLinkSigner } from '../../../adapters/local/file-link-signer.ts';
import type { Approval } from '../../../core/approvals/approval.ts';
import { decideById, decideByToken } from '../../../core/approvals/decide.ts';
import type { LinkPorts } from '../../../core/approvals/decide.ts';
import type { DeciderPolicy } from '../../../core/approvals/deciders.ts';
import { issueToken } from '../../../core/approvals/link.ts';
import { linksFor } from '../../../core/approvals/links.ts';
import { viewByToken } from '../../../core/approvals/view.ts';
import type { Mode } from '../../../core/config/settings.ts';
import { BadInput, NotFound } from '../../../core/errors.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import type { IdentityProvider } from '../../../core/ports/identity-provider.ts';
import type { Stores } from '../../../core/ports/stores.ts';
import { resumeLine } from '../../../core/remediation/change-line.ts';
import type { Plan, RemediationRequest } from '../../../core/remediation/plan.ts';
import { makeApp } from '../../../web/app.ts';
import { loopbackHosts } from '../../../web/security.ts';
import type { Services } from '../../../web/services.ts';
import type { ProcessStatus } from '../../../web/shapes.ts';
import { makeSignIn } from '../../../web/sign-in.ts';
import { anApproval } from '../../builders/approval.ts';
import { aFinding } from '../../builders/finding.ts';
import { aPlan } from '../../builders/plan.ts';
import { aTaskRun } from '../../builders/task-run.ts';
import { makeMemoryStores } from '../memory/stores.ts';

export const API_TOKEN = 'api-token-for-tests-0123456789abcdef';
const KEY = new Uint8Array(32).fill(7);

/** The HTTP app over memory stores and the real approval use cases; everything else records that it was called. */
export function makeWorld(
  options: { mode?: Mode; port?: number; deciders?: Partial<DeciderPolicy>; provider?: IdentityProvider } = {},
) {
  const stores = makeMemoryStores();
  const port = { listening: options.port ?? 8460 };
  const time = { now: '2026-03-01T09:00:00.000Z' };
  const requests: RemediationRequest[] = [];
  const calls: { name: string; args: unknown[] }[] = [];
  const logged: { message: string; method: string; path: string }[] = [];
  const signer = fileLinkSigner(KEY);
  const status: ProcessStatus = {
    pid: 4711,
    startedAt: '2026-03-01T08:00:00.000Z',
    mode: options.mode ?? 'approve',
    targets: ['192.0.2.0/28'],
    killSwitch: { on: false, reason: null },
    unread: [],
    process: { cpuSeconds: 1.5, residentBytes: 100_000_000 },
  };
  const ports: LinkPorts & Stores = {
    ...stores,
    clock: { now: () => time.now },
    queue: {
      send: async (request) => {
        requests.push(request);
      },
    },
    mode: status.mode,
    deciders: { approvers: [], signIn: null, ...options.deciders },
    signer,
  };
  const settings = ports.deciders.signIn;
  const signIn =
    settings === null || options.provider === undefined
      ? null
      : makeSignIn({
          settings,
          provider: options.provider,
          signer,
          clock: ports.clock,
          publicUrl: `http://127.0.0.1:${port.listening}`,
        });
  const called = (name: string, ...args: unknown[]) => calls.push({ name, args });

  const services: Services = {
    clock: ports.clock,
    read: stores,
    status: async () => status,
    catalogue: async () => [{ id: '2', name: 'high-risk ports', label: 'IP_ONLINE', ports: '6379', everyMs: 10_000 }],
    scanNow: async (request) => {
      called('scanNow', request);
      if (request.targets.includes('192.0.2.300')) throw new BadInput('"192.0.2.300" is not an IP address.');
      return aTaskRun({ taskId: 'scan', name: 'scan now' });
    },
    scanStatus: async (runId) => {
      const run = await stores.runs.get(runId);
      if (!run) throw new NotFound('scan', runId);
      return {
        run,
        done: false,
        probed: 0,
        addresses: [{ address: '192.0.2.3', open: [] }],
        changes: [],
        unconfirmed: [],
        whyUnconfirmed: null,
        findings: [],
      };
    },
    stopScan: async (runId, actor) => {
      called('stopScan', runId, actor);
      if ((await stores.runs.get(runId)) === undefined) throw new NotFound('scan', runId);
      return aTaskRun({ id: runId, taskId: 'scan', finishedAt: time.now, stopped: `stopped by ${actor}` });
    },
    explain: async (address, wanted) => {
      called('explain', address, wanted);
      return { address, asset: null, ports: [] };
    },
    requestWhitelist: async ({ by, ...request }) => ({
      ...request,
      id: 'w-0000000000000001',
      version: 1,
      state: 'requested',
      requestedBy: by,
      requestedAt: time.now,
      decidedBy: null,
      decidedAt: null,
    }),
    actOnWhitelist: async (id, action, actor) => {
      called('actOnWhitelist', id, action, actor);
      throw new NotFound('whitelist entry', id);
    },
    propose: async (findingId, actor, asked) => {
      called('propose', findingId, actor, asked);
      return { plan: aPlan(), approval: anApproval() };
    },
    decide: (id, decision, actor, reason) => decideById(ports, id, decision, actor, reason),
    linksFor: (id) => linksFor({ ...ports, publicUrl: `http://127.0.0.1:${port.listening}` }, id),
    signIn,
    viewByToken: (token, identity) => viewByToken(ports, token, identity),
    decideByToken: (token, decision, evidence, identity) => decideByToken(ports, token, decision, evidence, identity),
    rollback: async (planId, actor) => {
      called('rollback', planId, actor);
      return aPlan({ id: planId, state: 'rolling-back' });
    },
    resume: async (account, actor, reason) => void (await resumeLine(ports, { account, actor, reason })),
    importPorts: async (text) => {
      called('importPorts', text.length);
      return { addresses: 1, ports: 2 };
    },
    importScan: async ({ scanner, addresses }) => {
      called('importScan', scanner, addresses);
      return { addresses: addresses.length, ports: 2, notOpen: 3, refused: [] };
    },
  };

  const app = makeApp(services, {
    apiToken: API_TOKEN,
    allowedHosts: () => loopbackHosts('127.0.0.1', port.listening),
    clientIp: () => '127.0.0.1',
    log: (entry) => logged.push(entry),
  });

  /** A finding with its proposed plan and pending approval, stored. */
  async function addPending(
    over: { finding?: Partial<Finding>; plan?: Partial<Plan>; approval?: Partial<Approval> } = {},
  ) {
    const plan = await stores.plans.save(aPlan(over.plan));
    const approval = await stores.approvals.save(
      anApproval({ planId: plan.id, planHash: plan.hash, findingId: plan.body.findingId, ...over.approval }),
    );
    const finding = await stores.findings.save(
      aFinding({ version: 0, id: plan.body.findingId, approvalId: approval.id, planId: plan.id, ...over.finding }),
    );
    return { plan, approval, finding, token: await tokenFor(approval.id) };
  }

  async function tokenFor(approvalId: string, approver = 'payments@example.com'): Promise<string> {
    const approval = await stores.approvals.get(approvalId);
    if (!approval) throw new NotFound('approval', approvalId);
    return issueToken(signer, {
      approvalId,
      planHash: approval.planHash,
      approver,
      expiresAt: approval.expiresAt,
    });
  }

  /** One request to the front door, by default with the right Host. */
  function send(method: string, path: string, init: { headers?: Record<string, string>; body?: string } = {}) {
    return app.request(`http://127.0.0.1:${port.listening}${path}`, {
      method,
      headers: { host: `127.0.0.1:${port.listening}`, ...init.headers },
      ...(init.body === undefined ? {} : { body: init.body }),
    });
  }

  /** A request of the API's own client. */
  function api(method: string, path: string, body?: unknown) {
    const headers: Record<string, string> = { authorization: `Bearer ${API_TOKEN}` };
    if (body === undefined) return send(method, path, { headers });
    headers['content-type'] = 'application/json';
    return send(method, path, { headers, body: JSON.stringify(body) });
  }

  /** The form of the approval page, as a browser sends it. */
  function submit(token: string, form: Record<string, string>, headers: Record<string, string> = {}) {
    return send('POST', `/approvals/${token}`, {
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form).toString(),
    });
  }

  /** Everything that a decision may change, as text. */
  async function snapshot(): Promise<string> {
    return JSON.stringify([
      await stores.approvals.list(),
      await stores.plans.list(),
      await stores.findings.list(),
      await stores.audit.list({ limit: 1_000 }),
      requests,
    ]);
  }

  return {
    stores,
    services,
    app,
    port,
    time,
    requests,
    calls,
    logged,
    status,
    signer,
    ports,
    addPending,
    tokenFor,
    send,
    api,
    submit,
    snapshot,
  };
}

export type World = ReturnType<typeof makeWorld>;
