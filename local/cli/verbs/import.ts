import { BadInput } from '../../../core/errors.ts';
import type { ScanImportReport } from '../../../core/stages/scanned-address.ts';
import { assertText } from '../../../fargate-scanner/formats/no-text.ts';
import { formatOf, type OutputFormat, readerOf } from '../../../fargate-scanner/formats/read-output.ts';
import type { Reader } from '../../../fargate-scanner/formats/seen.ts';
import type { ImportSummary } from '../../../web/shapes.ts';
import type { ApiClient } from '../api-client.ts';
import { printJson, type Cli, type ExitCode } from '../cli.ts';
import { ImportBatches } from './import-batches.ts';
import { importPorts } from './import-ports.ts';
import { importSource, Unreadable } from './import-source.ts';
import { ImportTally, tellImport } from './import-tally.ts';

export type ImportFormat = 'auto' | 'ports' | OutputFormat;

/** Characters by which a format is told: more than nmap's comment and first element have. */
const BEGINNING = 8_192;

/** What to do about an empty file. The other formats are not here: a scanner that found nothing leaves an empty file. */
const MUST_HOLD: Partial<Readonly<Record<ImportFormat, string>>> = {
  auto: 'write lines such as 192.0.2.3:22,80; if a scanner found nothing, name it by --format',
  ports: 'write lines such as 192.0.2.3:22,80',
  'nmap-xml': 'nmap -oX writes what it will scan before it begins, so it did not run',
};

/**
 * Takes in a file of open ports or of another scanner's results.
 * @param file path; `-` is stdin
 * @throws BadInput naming the file and the line
 */
export async function importFile(cli: Cli, file: string, format: ImportFormat = 'auto'): Promise<ExitCode> {
  const { name, pieces: all } = importSource(cli.io, file);
  const pieces = all[Symbol.asyncIterator]();
  let beginning = '';
  for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) {
    beginning += next.value;
    if (beginning.length >= BEGINNING) break;
  }
  const isEmpty = beginning.replace(/^\uFEFF/, '').trim() === '';
  if (isEmpty && MUST_HOLD[format] !== undefined) throw new BadInput(`${name} is empty: ${MUST_HOLD[format]}`);
  within(name, () => assertText(beginning));
  const known = format === 'auto' ? within(name, () => formatOf(beginning)) : format;
  const text: AsyncIterable<string> = {
    async *[Symbol.asyncIterator]() {
      yield beginning.replace(/^\uFEFF/, '');
      for (let next = await pieces.next(); next.done !== true; next = await pieces.next()) yield next.value;
    },
  };
  if (known === 'ports') return importPorts(cli, name, text, format === 'auto');
  const reader = readerOf(known);
  const read = await cli.withApi((api) => importScan(api, { name, format: known, reader, text }));
  const summary = isEmpty ? { ...read, endedEarly: null } : read;
  if (cli.json) printJson(cli.io, [summary]);
  else tellImport(cli.io, name, summary);
  return summary.addresses === 0 && (summary.refused.length > 0 || summary.endedEarly !== null) ? 1 : 0;
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
    const what = error instanceof Unreadable ? error.message : `${name}: ${error.message}`;
    throw new BadInput(`${what}${sent}`, { cause: error });
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
