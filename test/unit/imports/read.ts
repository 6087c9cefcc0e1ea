import { readFileSync } from 'node:fs';
import { formatOf, type OutputFormat, readerOf } from '../../../fargate-scanner/formats/read-output.ts';
import type { Seen } from '../../../fargate-scanner/formats/seen.ts';

/** What nmap 7.93 and masscan 1.3.2 wrote of two hosts in a network namespace: 10.99.0.2 with 22, 80, 6379 open and 5000-5003 dropped, 10.99.0.3 with 443. */
export const sample = (name: string): string => readFileSync(new URL(`samples/${name}`, import.meta.url), 'utf8');

/** Of one address: `connected`, `synAck`, `closed`, `silent`, and the times, as texts. */
export function line(seen: Seen): string {
  const { address, connected, synAck, closed, silent, startedAt, finishedAt } = seen;
  return [
    address,
    `c ${connected.toString()}`,
    `s ${synAck.toString()}`,
    `x ${closed.toString()}`,
    `f ${silent.toString()}`,
    startedAt,
    finishedAt,
  ].join(' | ');
}

/** Reads a text in pieces of `size` characters. */
export function readAll(text: string, { format, size = 1_000_000 }: { format?: OutputFormat; size?: number } = {}) {
  const known = format ?? formatOf(text);
  if (known === 'ports') throw new Error('this is a list of ports');
  const reader = readerOf(known);
  const seen: Seen[] = [];
  for (let at = 0; at < text.length; at += size) seen.push(...reader.write(text.slice(at, at + size)));
  const { seen: last, endedEarly } = reader.end();
  const hosts = [...seen, ...last];
  return {
    format: known,
    scanner: reader.scanner,
    hosts,
    lines: hosts.map(line),
    leftOut: [...reader.leftOut],
    endedEarly,
  };
}
