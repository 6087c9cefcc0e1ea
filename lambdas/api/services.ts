import { INVENTORY } from '../../core/assets/cloud-assets.ts';
import type { ConfiguredAssets } from '../../core/assets/configured-assets.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import type { ResultQueue } from '../../core/ports/queues.ts';
import type { TargetResolver } from '../../core/ports/sources.ts';
import { CONFIGURED } from '../../core/stages/refresh-assets.ts';
import { makeScanNow } from '../../core/stages/scan-now.ts';
import { makeApiServices } from '../../web/make-api-services.ts';
import type { ApiServices } from '../../web/services.ts';
import type { ProcessStatus } from '../../web/shapes.ts';
import { makePropose, rejudgeWith } from '../change-ports.ts';
import { decideAsSigner } from './decide-as-signer.ts';

export interface ApiFunctionPorts extends BasePorts {
  results: ResultQueue;
  configured: ConfiguredAssets;
  resolver: TargetResolver;
}

/** What page and API need where the callers are those who signed their requests. */
export function signedApiServices(base: ApiFunctionPorts): ApiServices {
  const { settings } = base;
  const decisions = { ...base, mode: settings.mode, deciders: settings };
  const services = makeApiServices({
    ...decisions,
    scanNow: makeScanNow({ ...base, watched: () => watchedOf(base), newRunId: () => `r-${base.newId()}` }),
    propose: makePropose(base),
    rejudge: rejudgeWith(base),
    status: () => statusOf(base),
  });
  return {
    ...services,
    decide: (approvalId, verb, signer, reason) => decideAsSigner(decisions, approvalId, verb, signer, reason),
  };
}

/** As lambdas/dispatch and lambdas/inventory last wrote them. */
async function watchedOf({ assets }: Pick<BasePorts, 'assets'>) {
  return (await assets.list()).filter(({ source }) => source === INVENTORY || CONFIGURED.has(source));
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
