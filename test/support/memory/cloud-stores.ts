import { type Attribution, withAttributions } from '../../../core/attribution/attribution.ts';
import { Admitted } from '../../../core/exposure/admitted.ts';
import type { AdmittedStore } from '../../../core/ports/admitted-store.ts';
import type { AttributionStore } from '../../../core/ports/attribution-store.ts';
import type { SeenEvents } from '../../../core/ports/seen-events.ts';
import { type Instant, days, msBetween } from '../../../core/time.ts';
import { MemoryVersioned } from './versioned.ts';

export class MemoryAdmittedStore implements AdmittedStore {
  readonly #items = new MemoryVersioned(Admitted, (admitted) => admitted.address);

  async get(address: string): Promise<Admitted | undefined> {
    return this.#items.get(address);
  }

  async getMany(addresses: readonly string[]): Promise<Map<string, Admitted>> {
    return this.#items.getMany(addresses);
  }

  async save(admitted: Admitted): Promise<Admitted> {
    return this.#items.save(admitted);
  }

  async list(): Promise<Admitted[]> {
    return this.#items.list();
  }

  async removeAll(addresses: readonly string[]): Promise<void> {
    for (const address of addresses) this.#items.delete(address);
  }
}

export class MemoryAttributionStore implements AttributionStore {
  readonly #histories = new Map<string, string>();

  async get(ruleIds: readonly string[]): Promise<Map<string, Attribution[]>> {
    return new Map(
      ruleIds.flatMap((ruleId) => {
        const known = this.#historyOf(ruleId);
        return known.length === 0 ? [] : [[ruleId, known] as const];
      }),
    );
  }

  async put(attributions: readonly Attribution[]): Promise<void> {
    for (const one of attributions) {
      const next = withAttributions(this.#historyOf(one.ruleId), [one]);
      this.#histories.set(one.ruleId, JSON.stringify(next));
    }
  }

  #historyOf(ruleId: string): Attribution[] {
    return JSON.parse(this.#histories.get(ruleId) ?? '[]') as Attribution[];
  }
}

export class MemorySeenEvents implements SeenEvents {
  readonly #at = new Map<string, Instant>();

  async seen(eventIds: readonly string[]): Promise<Set<string>> {
    return new Set(eventIds.filter((id) => this.#at.has(id)));
  }

  async add(eventIds: readonly string[], now: Instant): Promise<void> {
    for (const id of eventIds) if (id !== '') this.#at.set(id, now);
  }

  async removeExpired(now: Instant): Promise<number> {
    const expired = [...this.#at].filter(([, at]) => msBetween(at, now) > days(1)).map(([id]) => id);
    for (const id of expired) this.#at.delete(id);
    return expired.length;
  }
}
