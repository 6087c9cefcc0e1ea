import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Check } from '../../../local/cli/check.ts';
import { temporaryDirectory } from '../temporary.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');
/** Before a command: it runs as root without that capability. */
export const WITHOUT_NET_RAW = ['setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'];

/** What doctor prints, one check a line, and what `after` prints, in a network namespace of its own made by `setup`. */
export async function doctorIn(setup: string, before: readonly string[], after: string): Promise<string[]> {
  const data = await temporaryDirectory();
  const doctor = [...before, process.execPath, join(ROOT, 'local', 'main.ts'), 'doctor', '--json', '--data', data];
  const script = `${setup}\n"$@"\n${after}`;
  const { stdout } = await run('unshare', ['--net', 'sh', '-ec', script, 'sh', ...doctor], { cwd: ROOT });
  return stdout.trim().split('\n');
}

/** The checks of these names, by name. */
export async function checksIn(
  names: readonly string[],
  setup: string,
  before: readonly string[] = [],
): Promise<Record<string, Check>> {
  const checks = (await doctorIn(setup, before, 'true')).map((line) => JSON.parse(line) as Check);
  return Object.fromEntries(checks.filter(({ name }) => names.includes(name)).map((check) => [check.name, check]));
}
