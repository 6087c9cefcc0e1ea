import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { Attribution, withAttributions } from '../../../core/attribution/attribution.ts';
import { VersionConflict } from '../../../core/errors.ts';
import { canonicalJson } from '../../../core/identity.ts';
import type { AttributionStore } from '../../../core/ports/attribution-store.ts';
import { ruleHistoryKey } from './keys.ts';
import { Table } from './table.ts';
import { VersionedItems } from './versioned-items.ts';

/** Events of one rule that are recorded at the same moment are few: more conflicts in a row than this is a fault. */
const MAX_TRIES = 8;

const RuleHistory = z.object({ ruleId: z.string(), version: z.number().int(), attributions: z.array(Attribution) });
type RuleHistory = z.infer<typeof RuleHistory>;

/** One item a rule, with its last changes. */
export class DynamoAttributionStore implements AttributionStore {
  readonly #items: VersionedItems<RuleHistory>;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#items = new VersionedItems(new Table(client, tableName), {
      what: 'history of rule',
      schema: RuleHistory,
      idOf: (history) => history.ruleId,
      keyOf: ruleHistoryKey,
      partitions: [],
    });
  }

  async get(ruleIds: readonly string[]): Promise<Map<string, Attribution[]>> {
    const histories = await this.#items.getMany(ruleIds);
    return new Map([...histories].map(([ruleId, { attributions }]) => [ruleId, attributions]));
  }

  async put(attributions: readonly Attribution[]): Promise<void> {
    const byRule = Map.groupBy(attributions, ({ ruleId }) => ruleId);
    for (const [ruleId, more] of byRule) await this.#add(ruleId, more);
  }

  async #add(ruleId: string, more: readonly Attribution[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const known = (await this.#items.get(ruleId)) ?? { ruleId, version: 0, attributions: [] };
      const attributions = withAttributions(known.attributions, more);
      if (canonicalJson(attributions) === canonicalJson(known.attributions)) return;
      try {
        await this.#items.save({ ...known, attributions });
        return;
      } catch (error) {
        if (!(error instanceof VersionConflict) || attempt === MAX_TRIES) throw error;
      }
    }
  }
}
