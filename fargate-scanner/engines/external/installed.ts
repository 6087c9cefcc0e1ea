import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BadInput } from '../../../core/errors.ts';

const TIMEOUT_MS = 10_000;

export class NotInstalled extends BadInput {}

export interface Program {
  readonly name: string;
  /** How it is started: a path, or a command that runs it. */
  readonly command: readonly string[];
  /** Finds the version in what `--version` prints. */
  readonly version: RegExp;
  /** Oldest version whose options and output are known. */
  readonly oldest: readonly [major: number, minor: number];
}

/** The version that is installed, `1.3.2`. @throws NotInstalled; BadInput when it is too old or another program */
export async function installedVersion({ name, command, version, oldest }: Program): Promise<string> {
  const [program = '', ...args] = command;
  const text = await outputOf(program, [...args, '--version']);
  if (text === null) {
    throw new NotInstalled(`${name} is not installed: install its package, or name another engine`);
  }
  const found = version.exec(text)?.[1];
  if (found === undefined) {
    throw new BadInput(
      `"${command.join(' ')}" does not answer --version as ${name} does: ${JSON.stringify(text.slice(0, 100))}`,
    );
  }
  const [major = 0, minor = 0] = found.split('.').map(Number);
  const [least, then] = oldest;
  if (major < least || (major === least && minor < then)) {
    throw new BadInput(`${name} ${found} is too old: ${least}.${then} or newer is needed`);
  }
  return found;
}

/** Null when it cannot be started. masscan ends with 1 after printing its version. */
async function outputOf(program: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, args, { timeout: TIMEOUT_MS });
    return stdout + stderr;
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: unknown; stdout?: string; stderr?: string };
    return typeof code === 'number' ? `${stdout ?? ''}${stderr ?? ''}` : null;
  }
}
