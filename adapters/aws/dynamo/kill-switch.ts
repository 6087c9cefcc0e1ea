import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { KillSwitch } from '../../../core/ports/kill-switch.ts';
import { KILL_SWITCH_KEY } from './keys.ts';
import { CorruptItem } from './store-errors.ts';
import { Table } from './table.ts';

const Control = z.object({ on: z.boolean(), reason: z.string().nullish() });

/** The control item `pk=CONTROL#kill-switch sk=CONTROL`: `on` (BOOL) and `reason` (S). No item: off. */
export class DynamoKillSwitch implements KillSwitch {
  readonly #table: Table;

  constructor(client: DynamoDBDocumentClient, tableName: string) {
    this.#table = new Table(client, tableName);
  }

  /** @throws StoreFailure or CorruptItem when it cannot be read. */
  async read(): Promise<{ on: boolean; reason: string | null }> {
    const item = await this.#table.get(KILL_SWITCH_KEY);
    if (item === undefined) return { on: false, reason: null };
    const parsed = Control.safeParse(item);
    if (!parsed.success) throw new CorruptItem(item, parsed.error);
    return { on: parsed.data.on, reason: parsed.data.reason ?? null };
  }
}
