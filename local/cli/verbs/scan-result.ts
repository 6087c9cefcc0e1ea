import { EVERY_PORT, portsText } from '../../../core/net/every-port.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { blindSpots, reasonsOf } from '../../../core/planning/scanned-with.ts';
import type { TaskRun } from '../../../core/planning/task-run.ts';
import { counted, grouped } from '../../../core/text/counts.ts';
import type { ScanJson, ScanLine } from '../../../web/shapes.ts';
import type { Cli } from '../cli.ts';
import { renderTable } from '../tables.ts';
import { CHANGES, FINDINGS, printList } from './lists.ts';

/** Every line repeats them, and a /16 has 65,536 lines. */
const MOST_REASONS = 5;

/** With `--json`: each address, and with it how far the scan can be believed. */
export function linesOf({ run, addresses, unconfirmed, whyUnconfirmed }: ScanJson): ScanLine[] {
  const { id, shards, incomplete, unknown, engines, estimate } = run;
  const scan: ScanLine['scan'] = {
    id,
    complete: run.complete === shards && unknown === 0 && unconfirmed.length === 0,
    shards,
    incomplete,
    unknown,
    reasons: [
      ...(run.stopped === undefined ? [] : [run.stopped]),
      ...notConfirmed({ unconfirmed, whyUnconfirmed }),
      ...reasonsOf(run),
    ].slice(0, MOST_REASONS),
    engines,
    loss: estimate?.loss ?? null,
    missedOpen: estimate?.missedOpen ?? null,
  };
  return addresses.map((one) => ({ ...one, scan }));
}

/** For people: what is open, what changed, and what needs a person; and what that leaves out. */
export function printResult(cli: Cli, { run, addresses, unconfirmed, changes, findings }: ScanJson): void {
  const open = addresses.filter((it) => it.open.length > 0);
  const gaps = gapsOf(run, unconfirmed);
  if (open.length > 0) {
    const rows = open.map((it) => [it.address, it.open.map(portText).join(',')]);
    cli.io.out(renderTable([{ title: 'ADDRESS' }, { title: 'OPEN', shrinkTo: 20 }], rows, cli.io));
    if (gaps !== null) cli.io.out(`There may be more: ${gaps}.`);
  } else cli.io.out(gaps === null ? 'Nothing is open.' : `No open port was seen, which proves little: ${gaps}.`);
  cli.io.out('\nWhat changed');
  printList(cli, changes, gaps === null ? CHANGES : { ...CHANGES, none: 'No changes were seen.' });
  cli.io.out('\nWhat needs a person');
  printList(
    cli,
    findings.filter((it) => it.status === 'open'),
    { ...FINDINGS, none: gaps === null ? 'Nothing.' : 'Nothing that was seen.' },
  );
}

/** A sentence for each address at which something answered once, and that is all. */
export function notConfirmed({
  unconfirmed,
  whyUnconfirmed,
}: Pick<ScanJson, 'unconfirmed' | 'whyUnconfirmed'>): string[] {
  const why = whyUnconfirmed === null ? '' : `: ${whyUnconfirmed}`;
  return unconfirmed.map(
    ({ address, ports }) =>
      `${address} answered once at ${portsText(PortSet.parse(ports))}, and that could not be confirmed${why}`,
  );
}

/** What of the scan was not looked at, or not found out; null: nothing. */
function gapsOf(run: TaskRun, unconfirmed: ScanJson['unconfirmed']): string | null {
  const { shards, complete, unknown } = run;
  const left = shards - complete;
  const gaps: string[] = [];
  if (left > 0 && complete === 0) gaps.push('no part of it was scanned in full');
  else if (left > 0) {
    gaps.push(`${grouped(left)} of ${counted(shards, 'shard')} ${left === 1 ? 'was' : 'were'} not scanned in full`);
  }
  if (unknown > 0) gaps.push(`the state of ${counted(unknown, 'port')} could not be found out`);
  if (unconfirmed.length > 0) gaps.push('what answered once could not be confirmed');
  if (blindSpots(run).length > 0) gaps.push('answers were lost');
  return gaps.length === 0 ? null : gaps.join(', and ');
}

function portText({ protocol, port }: ScanJson['addresses'][number]['open'][number]): string {
  if (port === EVERY_PORT) return 'every port';
  return protocol === 'udp' ? `udp/${port}` : String(port);
}
