import { BadInput } from '../../core/errors.ts';
import { toAddress } from '../../core/net/address.ts';
import { masscanJson } from './masscan-json.ts';
import { masscanList } from './masscan-list.ts';
import { naabuJson } from './naabu-json.ts';
import { assertText } from './no-text.ts';
import { nmapXml } from './nmap-xml.ts';
import { rustscan } from './rustscan.ts';
import type { Reader } from './seen.ts';

const READERS = {
  'nmap-xml': nmapXml,
  'masscan-xml': () => nmapXml({ expected: 'masscan' }),
  'masscan-json': masscanJson,
  'masscan-list': masscanList,
  'naabu-json': naabuJson,
  rustscan,
} as const satisfies Record<string, () => Reader>;

/** What other scanners write and we read. */
export type OutputFormat = keyof typeof READERS;
export const OUTPUT_FORMATS = Object.keys(READERS) as OutputFormat[];

export function readerOf(format: OutputFormat): Reader {
  return READERS[format]();
}

/**
 * The format of a text by its beginning (some thousand characters, or all of it): `ports` is `address:port,port` a line, which is also what
 * nothing else is. @throws BadInput for what is not read, with what to do
 */
export function formatOf(beginning: string): OutputFormat | 'ports' {
  assertText(beginning);
  const text = beginning.replace(/^\uFEFF/, '').trimStart();
  const [line = ''] = text.split(/\r?\n/, 1);
  if (text.startsWith('<')) return /<nmaprun[^>]*\sscanner="masscan"/.test(text) ? 'masscan-xml' : 'nmap-xml';
  if (/^# Nmap \S+ scan initiated|^Starting Nmap |^Host: \S+ \(.*\)\t/.test(line)) {
    throw new BadInput('this is text of nmap for people (-oN, -oG): run nmap with -oX and import that file');
  }
  if (line === '#masscan' || /^(?:open|closed|banner) (?:tcp|udp|sctp|icmp) \d/.test(line)) return 'masscan-list';
  if (/^\[?\s*\{/.test(text) || /^\[\s*\]?\s*$/.test(text)) {
    const [record = ''] = text.split('}', 1);
    return /"(?:ports|rec_type)"\s*:|^\[?\s*\{\s*"?finished/.test(record) || !record.includes('"port"')
      ? 'masscan-json'
      : 'naabu-json';
  }
  const [first = ''] = line.split(' ', 1);
  return line.includes(' -> ') && toAddress(first) !== undefined ? 'rustscan' : 'ports';
}
