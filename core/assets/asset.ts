import * as z from 'zod';

/** An IP address we own and may scan. */
export const Asset = z.object({
  address: z.string(),
  /** Cloud account, or `local` on one machine. */
  account: z.string(),
  region: z.string(),
  /** Name of the interface or network interface id; null when unknown. */
  networkInterface: z.string().nullable(),
  owner: z.string().nullable(),
  ownerEmail: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  /** Where it was learned: `config`, `interfaces`, `scan`, `inventory` (of a cloud account). */
  source: z.string(),
  /** False for addresses that no other machine can reach, such as loopback watched by default: listed, never alerted. */
  exposed: z.boolean(),
  learnedAt: z.string(),
});
export type Asset = z.infer<typeof Asset>;
