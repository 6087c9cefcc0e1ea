import { createReadStream } from 'node:fs';
import { BadInput, messageOf } from '../../../core/errors.ts';
import type { ScanImportReport } from '../../../core/stages/scanned-address.ts';
import { formatOf, type OutputFormat, readerOf } from '../../../fargate-scanner/formats/read-output.ts';
import type { Reader } from '../../../fargate-scanner/formats/seen.ts';
import type { ImportReport, ImportSummary } from '../../../web/shapes.ts';
import type { ApiClient } from '../api-client.ts';
import { printJson, type Cli, type ExitCode } from '../cli.ts';
import { counted } from '../format.ts';
import { ImportBatches } from './import-batches.ts';
import { ImportTally, tellImport, tellRefused } from './import-tally.ts';

export type ImportFormat = 'auto' | 'ports' | OutputFormat;

/** Characters by which a format is told: more than nmap's comment and first element have. */
const BEGINNING = 8_192;

/**
 * Takes in a file of open ports or of another scanner's results.
 * @param file path; `-` is stdin
 * @throws BadInput naming the file and the line
 */
export async function importFile(cli: Cli, file: string, format: ImportFormat = 'auto'): Promise<ExitCode> {
  const name = file === '-' ? 'stdin' : `"${file}"`;
  const pieces = (file === '-' ? cli.io.pieces() : piecesOf(file))[Symbol.asyncIterator]();
  let beginning = '';
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
    beginning += next.value;
    if (beginning.length >= BEGINNING) break;
  }
  if (beginning.trim() === '' && (format === 'auto' || format === 'ports'))
    throw new BadInput(`${name} is empty: write lines such as 192.0.2.3:22,80`);
  const known = format === 'auto' ? within(name, () => formatOf(beginning)) : format;
  const text: AsyncIterable<string> = {
    async *[Symbol.asyncIterator]() {
      yield beginning.replace(/^\uFEFF/, '');
      for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
    },
  };
  if (known === 'ports') return importPorts(cli, name, text, format === 'auto');
  const reader = readerOf(known);
  const summary = await cli.withApi((api) => importScan(api, { name, format: known, reader, text }));
  if (cli.json) printJson(cli.io, [summary]);
  else tellImport(cli.io, name, summary);
  return summary.addresses === 0 && summary.refused.length > 0 ? 1 : 0;
}

/** `guessed`: nobody said that these are lines of ports, and nothing in the file said that they are something else. */
async function importPorts(cli: Cli, name: string, pieces: AsyncIterable<string>, guessed: boolean): Promise<ExitCode> {
  let text = '';
  for await (const piece of pieces) text += piece;
  const report = await cli.withApi(async (api) => {
    try {
      return await api.post<ImportReport>('/api/import', { format: 'ports', text });
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
      const others = guessed ? ` Another scanner's file is not recognised as one: name it by --format.` : '';
      throw new BadInput(`${name}: ${error.message}${others}`, { cause: error });
    }
  });
  const { addresses, ports, refused = [] } = report;
  if (cli.json) printJson(cli.io, [report]);
  else {
    cli.io.out(`Imported ${counted(ports, 'port')} of ${counted(addresses, 'address', 'addresses')}.`);
    tellRefused(cli.io, refused, 0);
  }
  return addresses === 0 && refused.length > 0 ? 1 : 0;
}

interface Source {
  readonly name: string;
  readonly format: OutputFormat;
  readonly reader: Reader;
  readonly text: AsyncIterable<string>;
}

async function importScan(api: ApiClient, { name, format, reader, text }: Source): Promise<ImportSummary> {
  const batches = new ImportBatches();
  const tally = new ImportTally();
  const send = async (all: boolean): Promise<void> => {
    for (const addresses of batches.take(all)) {
      const body = { scanner: reader.scanner, addresses };
      tally.add(addresses, await api.post<ScanImportReport>('/api/import/scan', body));
    }
  };
  try {
    for await (const piece of text) {
      for (const seen of reader.write(piece)) batches.add(seen);
      await send(false);
    }
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    const sent = tally.isEmpty ? '' : '; part of what comes before it was taken, and may be imported again';
    throw new BadInput(`${name}: ${error.message}${sent}`, { cause: error });
  }
  const { seen, endedEarly } = within(name, () => reader.end());
  for (const one of seen) batches.add(one);
  await send(true);
  return { format, scanner: reader.scanner, ...tally.sums(), leftOut: Object.fromEntries(reader.leftOut), endedEarly };
}

function within<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    throw new BadInput(`${name}: ${error.message}`, { cause: error });
  }
}

async function* piecesOf(file: string): AsyncIterable<string> {
  try {
    for await (const piece of createReadStream(file, { encoding: 'utf8' })) yield piece as string;
  } catch (error) {
    throw new BadInput(`cannot read "${file}": ${messageOf(error)}`, { cause: error });
  }
}
