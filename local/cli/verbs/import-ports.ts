import { BadInput } from '../../../core/errors.ts';
import { FingerprintLines, type FingerprintText, printFingerprint } from '../../../core/fingerprints/text.ts';
import { Lines } from '../../../fargate-scanner/formats/lines.ts';
import type { ImportReport } from '../../../web/shapes.ts';
import { printJson, type Cli, type ExitCode } from '../cli.ts';
import { counted } from '../../../core/text/counts.ts';
import { tellRefused } from './import-tally.ts';

/** Characters of one request, well below what the API takes. */
const MOST_CHARACTERS = 200_000;

/**
 * Takes in lines of open ports, all of them or none.
 * @param guessed nobody said that these are lines of ports, and nothing in the file said that they are something else
 * @throws BadInput naming the file and the line
 */
export async function importPorts(
  cli: Cli,
  name: string,
  pieces: AsyncIterable<string>,
  guessed: boolean,
): Promise<ExitCode> {
  const texts = requestsOf(await readLines(name, pieces, guessed));
  if (texts.length === 0) throw new BadInput(`${name} holds nothing but comments: write lines such as 192.0.2.3:22,80`);
  const report = await cli.withApi(async (api) => {
    const sum = { addresses: 0, ports: 0, refused: [] as NonNullable<ImportReport['refused']> };
    for (const text of texts) {
      const { addresses, ports, refused = [] } = await api.post<ImportReport>('/api/import', { format: 'ports', text });
      sum.addresses += addresses;
      sum.ports += ports;
      sum.refused.push(...refused);
    }
    return sum;
  });
  const { addresses, ports, refused } = report;
  if (cli.json) printJson(cli.io, [refused.length > 0 ? report : { addresses, ports }]);
  else {
    cli.io.out(`Imported ${counted(ports, 'port')} of ${counted(addresses, 'address', 'addresses')}.`);
    tellRefused(cli.io, refused, 0);
  }
  return addresses === 0 && refused.length > 0 ? 1 : 0;
}

async function readLines(name: string, pieces: AsyncIterable<string>, guessed: boolean): Promise<FingerprintText[]> {
  const lines = new Lines();
  const read = new FingerprintLines();
  const add = (line: string, number: number): void => {
    for (const part of line.split('\r')) read.add(part, number);
  };
  for await (const piece of pieces) within(name, guessed, () => lines.write(piece, add));
  within(name, guessed, () => add(lines.rest, lines.current));
  return read.all();
}

function within(name: string, guessed: boolean, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    const others = guessed ? ` Another scanner's file is not recognised as one: name it by --format.` : '';
    throw new BadInput(`${name}: ${error.message}${others}`, { cause: error });
  }
}

/** An address is whole in one of them, so that it counts once. */
function requestsOf(read: readonly FingerprintText[]): string[] {
  const texts = new Map<string, string>();
  for (const { address, protocol, open } of read) {
    texts.set(address, `${texts.get(address) ?? ''}${printFingerprint(address, open, protocol)}\n`);
  }
  const requests: string[] = [];
  let request = '';
  for (const text of texts.values()) {
    if (request !== '' && request.length + text.length > MOST_CHARACTERS) {
      requests.push(request);
      request = '';
    }
    request += text;
  }
  return request === '' ? requests : [...requests, request];
}
