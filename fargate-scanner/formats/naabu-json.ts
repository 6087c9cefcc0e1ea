import * as z from 'zod';
import { AddressText, recordReader } from './json-records.ts';
import { toInstant } from '../../core/time.ts';
import { instantOfSeconds, openPort, type Reader } from './seen.ts';

/** naabu v2, pkg/runner/output.go: a line an open port; port 0 is a host without one. To 2.0.7 `port` was an object, its protocol a number: 0 TCP, 1 UDP. */
const OLD_TCP = 0;
const Line = z.object({
  ip: AddressText,
  port: z.union([
    z.number().int().min(0).max(65_535),
    z.object({ Port: z.number().int().min(0).max(65_535), Protocol: z.number().default(OLD_TCP) }),
  ]),
  protocol: z.string().default('tcp'),
  timestamp: z.string().optional(),
});

/** Reads naabu's `-json`. It does not say whether it finished a handshake. */
export function naabuJson(): Reader {
  return recordReader({
    scanner: 'naabu',
    example: '{"ip":"192.0.2.3","timestamp":"2026-11-21T08:00:00Z","port":22,"protocol":"tcp","tls":false}',
    mustClose: false,
    take(record, leftOut) {
      const { ip, timestamp, ...line } = Line.parse(record);
      const port = typeof line.port === 'number' ? line.port : line.port.Port;
      const isUdp = typeof line.port !== 'number' && line.port.Protocol !== OLD_TCP;
      const protocol = isUdp ? 'udp' : line.protocol;
      if (port === 0) return [];
      if (protocol !== '' && protocol.toLowerCase() !== 'tcp') {
        leftOut.add(protocol.toLowerCase());
        return [];
      }
      // Go writes a time that was never set as the year 1.
      const at = Date.parse(timestamp ?? '');
      const isTime = instantOfSeconds(at / 1_000) !== undefined;
      return [openPort(ip, port, 'synAck', isTime ? toInstant(at) : null)];
    },
  });
}
