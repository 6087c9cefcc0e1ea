import type { Attribution } from '../attribution/attribution.ts';

/** Who changed which rule. By the rules at the top of stores.ts. */
export interface AttributionStore {
  /** By rule id, newest first; rules nobody is known of are absent. */
  get(ruleIds: readonly string[]): Promise<Map<string, Attribution[]>>;
  /** Adds to what is known of each rule; the same event again changes nothing, an older one stays behind newer ones. */
  put(attributions: readonly Attribution[]): Promise<void>;
}
