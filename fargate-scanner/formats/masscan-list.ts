import { BadInput } from '../../core/errors.ts';
import { toAddress } from '../../core/net/address.ts';
import { excerpt, Lines } from './lines.ts';
import { instantOfSeconds, LeftOut, NOTHING, openPort, type Reader, type Seen } from './seen.ts';

/** `open tcp 80 192.0.2.3 1795248697`; a line that begins with `banner` has what came back behind the time. */
const LINE = /^(open|closed|unknown|up|arp|banner) (\w+) (\d{1,5}) (\S+) (\d+)(?: |$)/;

/** Reads masscan's `-oL`. Open ports are all that its files prove; its closed ones are left out. */
export function masscanList(): Reader {
  const lines = new Lines();
  const leftOut = new LeftOut();
  let ended = false;

  const take = (line: string, number: number): readonly Seen[] => {
    // A file may hold several runs: what comes behind an end mark must end itself.
    if (line.trim() !== '') ended = line === '# end';
    if (line.trim() === '' || line.startsWith('#')) return NOTHING;
    const [, status = '', proto = '', port = '', text = '', seconds] = LINE.exec(line) ?? [];
    const address = toAddress(text);
    const at = instantOfSeconds(seconds);
    if (address === undefined || at === undefined || Number(port) > 65_535) {
      throw new BadInput(
        `line ${number}: ${excerpt(line)} is not a line of masscan -oL: write lines such as "open tcp 80 192.0.2.3 1795248697"`,
      );
    }
    if (proto !== 'tcp') leftOut.add(proto);
    else if (status !== 'open' && status !== 'banner') leftOut.add(status);
    else if (port !== '0') return [openPort(address, Number(port), status === 'banner' ? 'connected' : 'synAck', at)];
    return NOTHING;
  };

  return {
    scanner: 'masscan',
    leftOut,
    write(text) {
      const seen: Seen[] = [];
      lines.write(text, (line, number) => void seen.push(...take(line, number)));
      return seen;
    },
    end() {
      // What was cut may be a number that looks whole, so a last line without its end is not read.
      const rest = lines.rest.trim();
      if (rest === '# end') ended = true;
      const isWhole = rest === '' || rest === '# end';
      return { seen: NOTHING, endedEarly: ended && isWhole ? null : lines.current };
    },
  };
}
