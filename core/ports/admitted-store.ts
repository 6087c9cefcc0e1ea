import type { Admitted } from '../exposure/admitted.ts';

/** What rules let in at each address. By the rules at the top of stores.ts. */
export interface AdmittedStore {
  get(address: string): Promise<Admitted | undefined>;
  /** Missing addresses are absent from the map. */
  getMany(addresses: readonly string[]): Promise<Map<string, Admitted>>;
  save(admitted: Admitted): Promise<Admitted>;
  /** In order of the address text. */
  list(): Promise<Admitted[]>;
  /** Addresses that are not stored are passed over. */
  removeAll(addresses: readonly string[]): Promise<void>;
}
