import { INVENTORY } from '../../core/assets/cloud-assets.ts';
import type { ConfiguredAssets } from '../../core/assets/configured-assets.ts';
import type { BasePorts } from '../../core/ports/base-ports.ts';
import type { ResultQueue } from '../../core/ports/queues.ts';
import type { TargetResolver } from '../../core/ports/sources.ts';
import { CONFIGURED } from '../../core/stages/refresh-assets.ts';
import { makeScanNow } from '../../core/stages/scan-now.ts';
import { makeUseCases } from '../../web/make-use-cases.ts';
import type { UseCases } from '../../web/services.ts';
import { makePropose, rejudgeWith } from '../change-ports.ts';
import { decideAsSigner } from './decide-as-signer.ts';

export interface ApiFunctionPorts extends BasePorts {
  results: ResultQueue;
  configured: ConfiguredAssets;
  resolver: TargetResolver;
}

/** The use cases where the callers are those who signed their requests. */
export function signedUseCases(base: ApiFunctionPorts): UseCases {
  const { settings } = base;
  const decisions = { ...base, mode: settings.mode, deciders: settings };
  const useCases = makeUseCases({
    ...decisions,
    scanNow: makeScanNow({
      ...base,
      watched: () => watchedOf(base),
      // What a container can do is known when it has the shard: it says so in a failed result.
      whyNotEngine: async () => null,
      // Containers scan, not this function.
      isOwn: () => false,
      newRunId: () => `r-${base.newId()}`,
    }),
    propose: makePropose(base),
    rejudge: rejudgeWith(base),
  });
  return {
    ...useCases,
    decide: (approvalId, verb, signer, reason) => decideAsSigner(decisions, approvalId, verb, signer, reason),
  };
}

/** As lambdas/dispatch and lambdas/inventory last wrote them. */
async function watchedOf({ assets }: Pick<BasePorts, 'assets'>) {
  return (await assets.list()).filter(({ source }) => source === INVENTORY || CONFIGURED.has(source));
}
