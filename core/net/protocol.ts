import * as z from 'zod';

/** The transport of a port. Ports of the two have nothing to do with each other. */
export const Protocol = z.enum(['tcp', 'udp']);
export type Protocol = z.infer<typeof Protocol>;
