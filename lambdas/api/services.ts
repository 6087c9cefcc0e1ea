import type { BasePorts } from '../../core/ports/base-ports.ts';
import { makeViews, type ViewPorts } from '../../web/make-views.ts';
import type { ApiServices, UseCases } from '../../web/services.ts';
import type { ProcessStatus } from '../../web/shapes.ts';
import { lazily } from './lazily.ts';

export type ApiViewPorts = Omit<ViewPorts, 'status'> & Pick<BasePorts, 'killSwitch'>;

/** What page and API need. The use cases are opened when the first is asked for: showing what is stored needs none. */
export function apiServices(ports: ApiViewPorts, open: () => Promise<UseCases>): ApiServices {
  const useCases = lazily(open);
  return {
    ...makeViews({ ...ports, status: () => statusOf(ports) }),
    scanNow: async (request) => (await useCases()).scanNow(request),
    scanStatus: async (runId) => (await useCases()).scanStatus(runId),
    stopScan: async (runId, actor) => (await useCases()).stopScan(runId, actor),
    explain: async (address, port, protocol) => (await useCases()).explain(address, port, protocol),
    requestWhitelist: async (request) => (await useCases()).requestWhitelist(request),
    actOnWhitelist: async (id, action, actor) => (await useCases()).actOnWhitelist(id, action, actor),
    propose: async (findingId, actor, options) => (await useCases()).propose(findingId, actor, options),
    decide: async (id, verb, actor, reason) => (await useCases()).decide(id, verb, actor, reason),
    rollback: async (planId, actor) => (await useCases()).rollback(planId, actor),
    resume: async (account, actor, reason) => (await useCases()).resume(account, actor, reason),
    importPorts: async (text) => (await useCases()).importPorts(text),
    importScan: async (scan) => (await useCases()).importScan(scan),
  };
}

/** No one process serves: which copy of the function answers is chance. */
async function statusOf({ settings, killSwitch }: Pick<BasePorts, 'settings' | 'killSwitch'>): Promise<ProcessStatus> {
  return {
    pid: null,
    startedAt: null,
    mode: settings.mode,
    targets: [...settings.targets],
    killSwitch: await killSwitch.read(),
    unread: null,
    process: null,
  };
}
