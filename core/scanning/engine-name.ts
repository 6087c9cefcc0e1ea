import * as z from 'zod';

/** The engines that can be asked for by name. Without a name: SYNs where they work, connections elsewhere. */
export const EngineName = z.enum(['connect', 'syn', 'masscan', 'nmap']);
export type EngineName = z.infer<typeof EngineName>;
