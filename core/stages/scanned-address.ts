import * as z from 'zod';
import { BadInput } from '../errors.ts';
import { toAddress } from '../net/address.ts';
import { PortSet } from '../net/port-set.ts';

/** A port set of ports 1-65535, made canonical. */
const Ports = z
  .string()
  .max(400_000)
  .transform((text, context) => {
    try {
      return PortSet.parse(text).intersect(PortSet.ALL).toString();
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
      return z.NEVER;
    }
  });

const Address = z.string().transform((text, context) => {
  const address = toAddress(text);
  if (address !== undefined) return address;
  context.addIssue({ code: 'custom', message: `"${text}" is not an IP address` });
  return z.NEVER;
});

/** What another scanner's file says of ports of one address, TCP but for `answered`. Port set texts; what is in none of them the file says nothing about. */
export const ScannedAddress = z.object({
  address: Address,
  /** Open, by a finished handshake. */
  connected: Ports,
  /** Open, by no more than the second packet of one: asked for again by a connection before anybody is told. */
  synAck: Ports,
  /** Answered RST. */
  closed: Ports,
  /** Probed without an answer. */
  silent: Ports,
  /** Answered over UDP: asked again before anybody is told. */
  answered: Ports.optional(),
  /** Null: the file has no times, so it counts as seen now. */
  startedAt: z.iso.datetime({ precision: 3 }).nullable(),
  finishedAt: z.iso.datetime({ precision: 3 }).nullable(),
});
export type ScannedAddress = z.infer<typeof ScannedAddress>;

/** Why an address is refused that nobody asked to be watched. */
export const NOT_WATCHED = 'it is not watched';

/** What was taken of a part of a file, and which addresses were not, with the reason. */
export const ScanImportReport = z.object({
  addresses: z.number().int(),
  /** Open ports. */
  ports: z.number().int(),
  /** Ports that were seen not open. */
  notOpen: z.number().int(),
  refused: z.array(z.object({ address: z.string(), reason: z.string() })),
});
export type ScanImportReport = z.infer<typeof ScanImportReport>;
