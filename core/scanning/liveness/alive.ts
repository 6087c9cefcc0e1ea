import * as z from 'zod';

/**
 * What showed that an address is alive. `arp`: its link said who has it (neighbour discovery for IPv6). `tcp`: a port was open, or refused.
 */
export const AliveHow = z.enum(['arp', 'icmp-echo', 'icmp-timestamp', 'tcp']);
export type AliveHow = z.infer<typeof AliveHow>;
