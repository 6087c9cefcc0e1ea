import { userInfo } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { CommanderError, type Command } from 'commander';
import { BadInput, messageOf } from '../../core/errors.ts';
import type { Settings } from '../../core/config/settings.ts';
import type { ConfigFlags } from '../../adapters/config/yaml-file.ts';
import { type Cli, type ExitCode, Interrupted } from './cli.ts';
import { connect, processPorts, type ConnectPorts } from './connect.ts';
import type { Io } from './io.ts';
import { buildProgram, type CommonOptions } from './program.ts';
import { stoppable } from './stop.ts';
import { printable } from './tables.ts';

export interface CliPorts {
  io: Io;
  env: Readonly<Record<string, string | undefined>>;
  loadConfig(options: { file?: string; flags?: ConfigFlags }): Promise<Settings>;
  connectPorts(loadSettings: () => Promise<Settings>): ConnectPorts;
}

/** What this process has to offer. */
export function processCliPorts(io: Io): CliPorts {
  return {
    io,
    env: process.env,
    loadConfig: async (options) => (await import('../../adapters/config/yaml-file.ts')).loadConfig(options),
    connectPorts: processPorts,
  };
}

/** Runs the command line `args` (without the names of the programs) and resolves to its exit code. Never throws. */
export async function runCli(args: readonly string[], ports: CliPorts): Promise<ExitCode> {
  const { io } = ports;
  let code: ExitCode = 0;
  const program = buildProgram(async (common, work) => {
    code = await runVerb(ports, common, work);
  });
  quiet(program, io);
  try {
    if (args.length === 0) {
      io.err(program.helpInformation().trimEnd());
      return 2;
    }
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return told(error, io);
  }
}

/** Usage errors are thrown, not printed; help goes to stdout. */
function quiet(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.raw(text),
    writeErr: (text) => io.err(text.trimEnd()),
    outputError: () => undefined,
    getOutHelpWidth: () => io.width,
    getErrHelpWidth: () => io.width,
  });
  for (const child of command.commands) quiet(child, io);
}

function told(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // `portcullis whitelist` without a verb: its help says what there is.
    if (error.code === 'commander.help') return 2;
    const reason = error.message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ');
    const hint = /Did you mean/i.test(reason) ? '' : ' (see portcullis --help)';
    io.err(`portcullis: ${reason}${hint}`);
    return 2;
  }
  const lines = error instanceof BadInput ? error.message.split('\n') : [messageOf(error)];
  for (const line of lines) io.err(`portcullis: ${printable(line)}`);
  return error instanceof BadInput ? 2 : 1;
}

/** Makes the context of a verb and runs it. */
function runVerb(ports: CliPorts, common: CommonOptions, work: (cli: Cli) => Promise<ExitCode>): Promise<ExitCode> {
  const file = common.config === undefined ? {} : { file: common.config };
  const loadSettings = (flags: ConfigFlags = {}) => ports.loadConfig({ ...file, flags });
  const dataDir = common.data ?? ports.env['PORTCULLIS_DATA'] ?? '.portcullis';
  let stopped: AbortSignal | undefined;
  return work({
    io: ports.io,
    json: common.json ?? false,
    dataDir,
    operator: ports.env['SUDO_USER'] ?? loginName(),
    loadSettings,
    now: () => Date.now(),
    async pause(ms) {
      try {
        await sleep(ms, undefined, stopped === undefined ? {} : { signal: stopped });
      } catch (error) {
        throw stopped?.aborted ? new Interrupted() : error;
      }
    },
    withApi: (use) =>
      stoppable(async (signal) => {
        stopped = signal;
        const connection = await connect(dataDir, ports.connectPorts(loadSettings));
        try {
          return await use(connection.api, connection);
        } finally {
          await connection.close(signal);
        }
      }),
  });
}

/** A user without an entry in the user database is named by number. */
function loginName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
