import { printJson, type Cli, type ExitCode } from '../cli.ts';
import type { Check, Health } from '../check.ts';
import { examine } from '../doctor.ts';
import { paint, printable, type Colour } from '../tables.ts';

const COLOURS: Readonly<Record<Health, Colour>> = { ok: 'green', warn: 'yellow', fail: 'red' };

/** Fails only when something does not work at all; a warning is something that works less well. */
export async function doctor(cli: Cli): Promise<ExitCode> {
  const checks = await examine(cli.dataDir);
  if (cli.json) printJson(cli.io, checks);
  else for (const line of checks.flatMap((check) => linesOf(check, cli.io.colour))) cli.io.out(line);
  return checks.some(({ health }) => health === 'fail') ? 1 : 0;
}

function linesOf({ name, health, found, advice }: Check, colour: boolean): string[] {
  const sign = colour ? paint(health.padEnd(4), COLOURS[health]) : health.padEnd(4);
  const first = `${sign}  ${name.padEnd(14)}  ${printable(found)}`;
  return advice === null ? [first] : [first, `${' '.repeat(22)}-> ${printable(advice)}`];
}
