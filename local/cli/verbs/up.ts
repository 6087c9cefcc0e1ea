import type { ConfigFlags } from '../../../adapters/config/yaml-file.ts';
import type { Cli, ExitCode } from '../cli.ts';
import { stoppable } from '../stop.ts';

/** Everything, until stopped. */
export async function up({ io, dataDir, loadSettings }: Cli, flags: ConfigFlags): Promise<ExitCode> {
  const settings = await loadSettings(flags);
  const { runUp } = await import('../../up.ts');
  return stoppable((signal) => runUp({ settings, dataDir, out: io.out, err: io.err, style: io, signal }));
}

/** The whole loop in a private network namespace. */
export async function demo({ io }: Cli, { yes = false }: { yes?: boolean }): Promise<ExitCode> {
  const { runDemo } = await import('../../demo/run.ts');
  return runDemo({ yes, out: io.out, err: io.err });
}
