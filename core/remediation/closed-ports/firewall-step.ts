import * as z from 'zod';
import { Protocol } from '../../net/protocol.ts';

/** One call to a firewall that closes single ports. Each can be repeated without harm. */
export const FirewallStep = z.object({
  op: z.enum(['close-port', 'open-port']),
  address: z.string(),
  protocol: Protocol,
  port: z.number().int(),
});
export type FirewallStep = z.infer<typeof FirewallStep>;

/** What a firewall says about the ports of one address, as far as Portcullis may change it. */
export interface FirewallState {
  /** The firewall object, such as `nftables:inet portcullis`. */
  target: string;
  address: string;
  protocol: Protocol;
  /** Ports of this address that the object closes, port set text. */
  closed: string;
}
