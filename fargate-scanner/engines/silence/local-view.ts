import type { Address } from '../../../core/net/address.ts';
import type { WayThere } from '../../../core/scanning/way-there.ts';

/** What this machine knows of its ways. Looks only: it sends nothing, and needs no privilege. */
export interface LocalView {
  /** `asked`: whoever is next on the way was asked for in vain. `now`: milliseconds of a monotonic clock. @throws where it cannot be known now */
  look(address: Address, asked: boolean, now: number): WayThere;
  close(): void;
}
