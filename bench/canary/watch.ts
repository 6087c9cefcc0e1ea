import { DynamoAdmittedStore } from '../../adapters/aws/dynamo/admitted-store.ts';
import { DynamoFindingStore } from '../../adapters/aws/dynamo/finding-store.ts';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Approval } from '../../core/approvals/approval.ts';
import type { Admitted } from '../../core/exposure/admitted.ts';
import { type Finding, findingIdOf } from '../../core/findings/finding.ts';
import type { ApiClient } from '../../local/cli/api-client.ts';

/** Where Portcullis says what it noticed. */
export interface Watch {
  /** What is let in at the address, as far as Portcullis knows; undefined: it does not know the address. */
  admitted(address: string): Promise<Admitted | undefined>;
  finding(admitted: Admitted, port: number): Promise<Finding | undefined>;
  /** Approves the closing of the finding's port; null where nobody can from here: mode `auto` must. */
  readonly approve: ((finding: Finding) => Promise<void>) | null;
}

/** The table of a deployment. It is only read. */
export function watchTable(documents: DynamoDBDocumentClient, table: string): Watch {
  const admitted = new DynamoAdmittedStore(documents, table);
  const findings = new DynamoFindingStore(documents, table);
  return {
    admitted: (address) => admitted.get(address),
    finding: ({ account, region, address }, port) => findings.get(findingIdOf(account, region, address, 'tcp', port)),
    approve: null,
  };
}

/** A `portcullis up`. */
export function watchApi(api: ApiClient): Watch {
  return {
    admitted: async (address) => (await api.get<Admitted[]>('/api/admitted', { address }))[0],
    finding: async ({ address }, port) => (await api.get<Finding[]>('/api/findings', { address, port }))[0],
    async approve({ id }) {
      const { approval } = await api.post<{ approval: Approval }>(`/api/findings/${id}/plan`);
      await api.post(`/api/approvals/${approval.id}/approve`, { by: 'canary' });
    },
  };
}
