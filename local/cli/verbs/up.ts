import type { ConfigFlags } from '../../../adapters/config/yaml-file.ts';
import { BadInput } from '../../../core/errors.ts';
import type { Cli, ExitCode } from '../cli.ts';
import { stoppable } from '../stop.ts';

/** Everything, until stopped. */
export async function up({ io, json, dataDir, loadSettings }: Cli, flags: ConfigFlags): Promise<ExitCode> {
  if (json)
    throw new BadInput(`--json is not for up, which prints for people: its alerts are JSON in ${dataDir}/alerts.jsonl`);
  const settings = await loadSettings(flags);
  const { runUp } = await import('../../up.ts');
  return stoppable((signal) => runUp({ settings, dataDir, out: io.out, err: io.err, style: io, signal }));
}

/** The whole loop in a private network namespace. */
export async function demo({ io, json }: Cli, { yes = false }: { yes?: boolean }): Promise<ExitCode> {
  if (json) throw new BadInput('--json is not for demo, which prints for people: leave it out');
  const { runDemo } = await import('../../demo/run.ts');
  return runDemo({ yes, out: io.out, err: io.err });
}
