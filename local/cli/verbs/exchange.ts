import { readFile } from 'node:fs/promises';
import { BadInput, messageOf } from '../../../core/errors.ts';
import type { ExportFormat, ImportReport } from '../../../web/shapes.ts';
import { printJson, type Cli, type ExitCode } from '../cli.ts';
import { counted } from '../format.ts';

/** @param file path of a file with lines `address:port,port`; `-` is stdin */
export async function importFile(cli: Cli, file: string): Promise<ExitCode> {
  const text = file === '-' ? await cli.io.read() : await read(file);
  if (text.trim() === '')
    throw new BadInput(`${file === '-' ? 'stdin' : `"${file}"`} is empty: write lines such as 192.0.2.3:22,80`);
  const report = await cli.withApi((api) => api.post<ImportReport>('/api/import', { format: 'ports', text }));
  if (cli.json) printJson(cli.io, [report]);
  else cli.io.out(`Imported ${counted(report.ports, 'port')} of ${counted(report.addresses, 'address', 'addresses')}.`);
  return 0;
}

/** Every finding on stdout: CSV with a header row, the others as one JSON array (`--json`: one object a line). */
export async function exportFindings(cli: Cli, format: ExportFormat): Promise<ExitCode> {
  if (cli.json && format === 'csv') throw new BadInput('--json and --format csv exclude each other: write one of them');
  await cli.withApi(async (api) => {
    if (format === 'csv') cli.io.raw(await api.getText('/api/export', { format }));
    else {
      const documents = await api.get<object[]>('/api/export', { format });
      if (cli.json) printJson(cli.io, documents);
      else cli.io.out(JSON.stringify(documents, null, 2));
    }
  });
  return 0;
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new BadInput(`cannot read "${file}": ${messageOf(error)}`, { cause: error });
  }
}
