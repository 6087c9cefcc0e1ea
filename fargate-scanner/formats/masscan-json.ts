import * as z from 'zod';
import { PortSet } from '../../core/net/port-set.ts';
import { AddressText, recordReader } from './json-records.ts';
import { instantOfSeconds, openPort, type LeftOut, type Reader, type Seen } from './seen.ts';

/** Port 0 exists for masscan; nobody can connect to it. */
const Number16 = z
  .union([z.number(), z.string().regex(/^\d{1,5}$/)])
  .transform(Number)
  .pipe(z.number().int().min(0).max(65_535));

const Port = z.object({
  port: Number16,
  proto: z.string(),
  status: z.string().optional(),
  service: z.unknown().optional(),
});

/** `-oJ`: a record an answer, its ports in a list. */
const InArray = z.object({
  ip: AddressText,
  timestamp: z.union([z.string(), z.number()]).optional(),
  ports: z.array(Port),
});

/** `-oD`: a record a line. */
const InLine = z.object({
  ip: AddressText,
  timestamp: z.union([z.string(), z.number()]).optional(),
  port: Number16,
  proto: z.string(),
  rec_type: z.enum(['status', 'banner']),
  data: z.object({ status: z.string().optional() }),
});

/** An answer as masscan writes it in any of its JSON forms. */
interface Answer {
  readonly ip: string;
  readonly timestamp?: string | number | undefined;
  readonly port: number;
  readonly proto: string;
  readonly status: string;
}

/** Open, or the first of what comes back on a connection, which is open too. */
const BANNER = 'banner';

/**
 * Reads masscan's `-oJ` and `-oD`. Open ports are all that its files prove; its closed ones are left out, unless `closed` says that
 * the masscan is one we started, whose RSTs answer our probes.
 */
export function masscanJson({ closed = false }: { closed?: boolean } = {}): Reader {
  return recordReader({
    scanner: 'masscan',
    example:
      '{"ip": "192.0.2.3", "timestamp": "1795248692", "ports": [{"port": 443, "proto": "tcp", "status": "open"}]}',
    mustClose: true,
    take: (record, leftOut) => answersOf(record).flatMap((answer) => seenIn(answer, leftOut, closed)),
  });
}

/** The answers of one record of `-oJ` or `-oD`. @throws ZodError */
function answersOf(record: unknown): Answer[] {
  if (typeof record === 'object' && record !== null && 'rec_type' in record) {
    const { ip, timestamp, port, proto, rec_type, data } = InLine.parse(record);
    return [{ ip, timestamp, port, proto, status: rec_type === BANNER ? BANNER : (data.status ?? '') }];
  }
  const { ip, timestamp, ports } = InArray.parse(record);
  return ports.map(({ port, proto, status, service }) => ({
    ip,
    timestamp,
    port,
    proto,
    status: service === undefined ? (status ?? '') : BANNER,
  }));
}

function seenIn({ ip, timestamp, port, proto, status }: Answer, leftOut: LeftOut, closed: boolean): Seen[] {
  const at = instantOfSeconds(timestamp) ?? null;
  if (proto === 'tcp' && port === 0) return [];
  if (proto !== 'tcp') leftOut.add(proto);
  else if (status === 'open' || status === BANNER) {
    return [openPort(ip, port, status === BANNER ? 'connected' : 'synAck', at)];
  } else if (status === 'closed' && closed) {
    return [{ ...openPort(ip, port, 'synAck', at), synAck: PortSet.EMPTY, closed: PortSet.of(port) }];
  } else leftOut.add(status);
  return [];
}
