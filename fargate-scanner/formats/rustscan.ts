import { BadInput } from '../../core/errors.ts';
import { toAddress } from '../../core/net/address.ts';
import { excerpt, Lines } from './lines.ts';
import { LeftOut, NOTHING, openPort, type Reader, type Seen } from './seen.ts';

/** RustScan 2, src/main.rs: `println!("{} -> [{}]", &ip, ports_str)`. */
const LINE = /^(\S+) -> \[(\d{1,5}(?:, ?\d{1,5})*)\]$/;

/** Reads what `rustscan -g` prints: open ports, each by a finished connection, without times. What it prints with `--udp` looks the same, and is not for this. */
export function rustscan(): Reader {
  const lines = new Lines();

  const take = (raw: string, number: number): readonly Seen[] => {
    const line = raw.replace(/^\uFEFF/, '').trim();
    if (line === '') return NOTHING;
    const [, text = '', ports = ''] = LINE.exec(line) ?? [];
    const address = toAddress(text);
    const list = ports.split(',').map(Number);
    if (address === undefined || list.some((port) => port < 1 || port > 65_535)) {
      throw new BadInput(
        `line ${number}: ${excerpt(line)} is not a line of rustscan -g: write lines such as "192.0.2.3 -> [22,80]" with ports from 1 to 65535`,
      );
    }
    return list.map((port) => openPort(address, port, 'connected', null));
  };

  return {
    scanner: 'rustscan',
    leftOut: new LeftOut(),
    write(text) {
      const seen: Seen[] = [];
      lines.write(text, (line, number) => void seen.push(...take(line, number)));
      return seen;
    },
    end() {
      if (lines.rest.trim() === '') return { seen: NOTHING, endedEarly: null };
      // The bracket closes the list: without it, numbers are missing.
      if (!lines.rest.trim().endsWith(']')) return { seen: NOTHING, endedEarly: lines.current };
      return { seen: take(lines.rest, lines.current), endedEarly: null };
    },
  };
}
