// Reads 100 MB of a format, made here, as `portcullis import` does, and prints how many requests and addresses came of it.
import { type OutputFormat, readerOf } from '../../../fargate-scanner/formats/read-output.ts';
import { ImportBatches } from '../../../local/cli/verbs/import-batches.ts';
import { ImportTally } from '../../../local/cli/verbs/import-tally.ts';

const BYTES = 100_000_000;
const PIECE = 65_536;
const ADDRESSES = 16_384;

const address = (i: number) => `192.168.${100 + ((i >> 7) & 127)}.${100 + (i & 127)}`;
const ports = Array.from(
  { length: 10 },
  (_, i) => `<port protocol="tcp" portid="${i + 1}"><state state="open" reason="syn-ack"/></port>\n`,
).join('');
const closed =
  '<extraports state="closed" count="990"><extrareasons reason="reset" proto="tcp" ports="11-1000"/></extraports>';

const LINES: Partial<Record<OutputFormat, (i: number) => string>> = {
  // An address after the other, so that each is first seen in another part of the file.
  'masscan-list': (i) => `open tcp ${(i % 60_000) + 1} ${address(Math.floor(i / 140))} 1795248692\n`,
  'nmap-xml': (i) =>
    `<host starttime="1795248134"><address addr="${address(i)}" addrtype="ipv4"/><ports>${closed}${ports}</ports></host>\n`,
};

const format = process.argv[2] as OutputFormat;
const line = LINES[format];
if (line === undefined) throw new Error(`there is no ${format} here`);
const reader = readerOf(format);
const [batches, tally] = [new ImportBatches(), new ImportTally()];
let requests = 0;
let piece =
  format === 'nmap-xml' ? '<nmaprun scanner="nmap"><scaninfo type="syn" protocol="tcp" services="1-1000"/>\n' : '';
for (let [read, i] = [0, 0]; read < BYTES; i += 1) {
  piece += line(i);
  if (piece.length < PIECE) continue;
  for (const seen of reader.write(piece)) batches.add(seen);
  for (const sent of batches.take(false)) {
    requests += 1;
    tally.add(sent, { addresses: sent.length, ports: 0, notOpen: 0, refused: [] });
  }
  read += piece.length;
  piece = '';
}
const { addresses } = tally.sums();
process.stdout.write(JSON.stringify({ many: requests > 10, all: addresses === ADDRESSES }));
