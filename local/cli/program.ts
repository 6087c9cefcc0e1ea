import { Command } from 'commander';
import type { Cli, ExitCode } from './cli.ts';
import { addDeciding } from './commands/deciding.ts';
import { addReading } from './commands/reading.ts';
import { addWatching } from './commands/watching.ts';
import { example, type Does } from './help.ts';

export interface CommonOptions {
  config?: string;
  data?: string;
  json?: boolean;
}

/** Runs a verb and keeps its exit code. */
export type RunVerb = (common: CommonOptions, work: (cli: Cli) => Promise<ExitCode>) => Promise<void>;

/** The whole command line: names, options and help texts. What a verb does is loaded only when it runs, so that `--help` is fast. */
export function buildProgram(runVerb: RunVerb): Command {
  const program = new Command('portcullis')
    .description(
      'Notices every newly open port, tells once, and after one approved click closes exactly that exposure.',
    )
    .option('--config <file>', 'configuration (default: portcullis.yaml if present)')
    .option('--data <dir>', 'data directory (default: .portcullis, or PORTCULLIS_DATA)')
    .option('--json', 'one JSON object a line on stdout')
    .configureHelp({ showGlobalOptions: true })
    .helpCommand(false)
    .addHelpText('after', example('portcullis up --targets 192.0.2.0/28'))
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 only with scan --fail-on.');
  const does: Does = (work) =>
    async function run(...args) {
      // Commander adds the command itself as the last argument.
      const given = args.slice(0, -1) as never[];
      await runVerb(this.optsWithGlobals<CommonOptions>(), (cli) => work(cli, ...given));
    };
  addWatching(program, does);
  addReading(program, does);
  addDeciding(program, does);
  return program;
}
