import { BatchImportFindingsCommand, SecurityHubClient } from '@aws-sdk/client-securityhub';
import type { SecurityHubClientConfig } from '@aws-sdk/client-securityhub';
import type { AsffFinding } from '../../core/emit/asff-shape.ts';
import { messageOf } from '../../core/errors.ts';
import type { FindingRefusal, FindingsSink } from '../../core/ports/findings-sink.ts';

/** https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_BatchImportFindings.html */
const MAX_BATCH_FINDINGS = 100;

/** Refused for what is in it. Anything else, such as InvalidAccess while Security Hub is off, may be taken later. */
const FINAL_CODES = new Set(['InvalidInput', 'InvalidInputException', 'ValidationException']);

/** Milliseconds. Three attempts at a service that never answers end within a minute. */
const LIMITS = { connectionTimeout: 3_000, requestTimeout: 15_000, throwOnRequestTimeout: true };

/** A client that answers or fails within a minute. */
export function securityHubClient(
  config: Pick<SecurityHubClientConfig, 'region' | 'endpoint' | 'credentials' | 'maxAttempts'> = {},
): SecurityHubClient {
  return new SecurityHubClient({
    maxAttempts: 3,
    ...config,
    requestHandler: LIMITS,
    ignoreConfiguredEndpointUrls: true,
  });
}

/**
 * Findings to Security Hub of the client's account and Region, 100 a call. Security Hub ignores a document whose `UpdatedAt` is not later
 * than the one it has, so sending again is harmless. Throttling is thrown once the client's own attempts are used up.
 */
export function securityHubSink(client: SecurityHubClient): FindingsSink {
  return {
    async send(findings) {
      const refused: FindingRefusal[] = [];
      for (let from = 0; from < findings.length; from += MAX_BATCH_FINDINGS) {
        refused.push(...(await importBatch(client, findings.slice(from, from + MAX_BATCH_FINDINGS))));
      }
      return refused;
    },
  };
}

/** A batch that is refused whole is halved until the finding it is refused for stands alone: at most 2n - 1 calls. */
async function importBatch(client: SecurityHubClient, batch: AsffFinding[]): Promise<FindingRefusal[]> {
  try {
    const { FailedCount = 0, FailedFindings = [] } = await client.send(
      new BatchImportFindingsCommand({ Findings: batch }),
    );
    if (FailedCount > FailedFindings.length) {
      throw new Error(`Security Hub refused ${FailedCount} findings and named ${FailedFindings.length} of them`);
    }
    return FailedFindings.map(({ Id, ErrorCode, ErrorMessage }) => ({
      id: Id ?? 'unknown',
      reason: `${ErrorCode ?? 'no code'}: ${ErrorMessage ?? 'no reason given'}`,
      isFinal: FINAL_CODES.has(ErrorCode ?? ''),
    }));
  } catch (thrown) {
    const [first] = batch;
    if (!(thrown instanceof Error) || !FINAL_CODES.has(thrown.name) || first === undefined) throw thrown;
    if (batch.length === 1) return [{ id: first.Id, reason: `${thrown.name}: ${messageOf(thrown)}`, isFinal: true }];
    const half = Math.ceil(batch.length / 2);
    return [...(await importBatch(client, batch.slice(0, half))), ...(await importBatch(client, batch.slice(half)))];
  }
}
