import { BadInput } from '../../../core/errors.ts';
import type { ExportFormat } from '../../../web/shapes.ts';
import { printJson, type Cli, type ExitCode } from '../cli.ts';

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
