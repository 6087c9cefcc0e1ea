import type { ChangeLine } from '../remediation/change-line.ts';

/** Whether changes are made in an account. By the rules at the top of stores.ts. */
export interface LineStore {
  get(account: string): Promise<ChangeLine | undefined>;
  save(line: ChangeLine): Promise<ChangeLine>;
  list(): Promise<ChangeLine[]>;
}
