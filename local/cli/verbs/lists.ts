import type { Asset } from '../../../core/assets/asset.ts';
import { placeName } from '../../../core/cloud/place-name.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import type { Change } from '../../../core/fingerprints/change.ts';
import type { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import { endpoint } from '../../../core/net/address.ts';
import { EVERY_PORT, portsText } from '../../../core/net/every-port.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { enginesOf } from '../../../core/planning/scanned-with.ts';
import type { TaskRun } from '../../../core/planning/task-run.ts';
import { grouped } from '../../../core/text/counts.ts';
import { humanDuration } from '../../../core/time.ts';
import type { TaskJson, TasksJson } from '../../../web/shapes.ts';
import type * as z from 'zod';
import type { Query } from '../api-client.ts';
import { printJson, type Cli, type ExitCode } from '../cli.ts';
import { severityCell, when } from '../format.ts';
import { renderTable, type Column, type Cell } from '../tables.ts';

interface Listing<T> {
  readonly columns: readonly Column[];
  readonly row: (item: T) => readonly Cell[];
  /** What is printed when there is nothing. */
  readonly none: string;
}

/** Prints a list as a table, or with `--json` one object a line. */
export function printList<T>(cli: Cli, items: readonly T[], { columns, row, none }: Listing<T>): void {
  if (cli.json) printJson(cli.io, items);
  else if (items.length === 0) cli.io.out(none);
  else cli.io.out(renderTable(columns, items.map(row), cli.io));
}

async function list<T>(cli: Cli, path: string, query: Query, listing: Listing<T>): Promise<ExitCode> {
  printList(cli, await cli.withApi((api) => api.get<T[]>(path, query)), listing);
  return 0;
}

export const FINDINGS: Listing<Finding> = {
  columns: [
    { title: 'ID' },
    { title: 'SEVERITY' },
    { title: 'WHERE' },
    { title: 'ACCOUNT/REGION', unlessEmpty: true },
    { title: 'SERVICE', shrinkTo: 8 },
    { title: 'STATUS' },
    { title: 'OWNER', shrinkTo: 6 },
    { title: 'OPENED (UTC)' },
  ],
  row: (it) => [
    it.id,
    severityCell(it.severity),
    endpoint(it.address, it.port, it.protocol),
    placeName(it) ?? '',
    it.port === EVERY_PORT ? '' : (it.service ?? ''),
    it.status,
    it.owner ?? '',
    when(it.openedAt),
  ],
  none: 'No findings.',
};

export const CHANGES: Listing<Change> = {
  columns: [{ title: 'AT (UTC)' }, { title: 'CHANGE' }, { title: 'WHERE' }, { title: 'EVIDENCE', shrinkTo: 20 }],
  row: (it) => [
    when(it.at),
    { text: it.flap ? `${it.kind} (flap)` : it.kind, colour: it.kind === 'opened' ? 'yellow' : null },
    endpoint(it.address, it.port, it.protocol),
    it.evidence,
  ],
  none: 'No changes.',
};

export const listFindings = (cli: Cli, filter: Query) => list(cli, '/api/findings', filter, FINDINGS);
export const listChanges = (cli: Cli, filter: Query) => list(cli, '/api/changes', filter, CHANGES);

export const listFingerprints = (cli: Cli, filter: Query) =>
  list<Fingerprint>(cli, '/api/fingerprints', filter, {
    columns: [{ title: 'ADDRESS' }, { title: 'OPEN', shrinkTo: 20 }, { title: 'LAST ALIVE (UTC)' }],
    row: (it) => [it.address, it.open === '' ? '(none)' : portsText(PortSet.parse(it.open)), when(it.aliveAt)],
    none: 'No address has been scanned yet.',
  });

export const listAssets = (cli: Cli) =>
  list<Asset>(
    cli,
    '/api/assets',
    {},
    {
      columns: [
        { title: 'ADDRESS' },
        { title: 'ACCOUNT/REGION', unlessEmpty: true },
        { title: 'EXPOSED' },
        { title: 'OWNER', shrinkTo: 8 },
        { title: 'INTERFACE', shrinkTo: 9 },
        { title: 'SOURCE' },
        { title: 'SINCE (UTC)' },
      ],
      row: (it) => [
        it.address,
        placeName(it) ?? '',
        it.exposed ? 'yes' : 'no',
        it.owner ?? '',
        it.networkInterface ?? '',
        it.source,
        when(it.learnedAt),
      ],
      none: 'No address is watched yet.',
    },
  );

const CATALOGUE: Listing<TaskJson> = {
  columns: [
    { title: 'TASK' },
    { title: 'NAME', shrinkTo: 16 },
    { title: 'TARGETS' },
    { title: 'PORTS', shrinkTo: 12 },
    { title: 'EVERY', align: 'right' },
  ],
  row: (it) => [it.id, it.name, it.label, it.ports, it.everyMs === null ? 'on event' : humanDuration(it.everyMs)],
  none: 'The catalogue is empty.',
};

function tookOf({ startedAt, finishedAt, stopped }: TaskRun): string {
  if (finishedAt === null) return 'running';
  const took = humanDuration(Date.parse(finishedAt) - Date.parse(startedAt));
  return stopped === undefined ? took : `stopped after ${took}`;
}

const RUNS: Listing<z.infer<typeof TasksJson>['runs'][number]> = {
  columns: [
    { title: 'RUN', shrinkTo: 16 },
    { title: 'NAME', shrinkTo: 12 },
    { title: 'STARTED (UTC)' },
    { title: 'TOOK', align: 'right' },
    { title: 'ADDRESSES', align: 'right' },
    { title: 'SHARDS', align: 'right' },
    { title: 'INCOMPLETE', align: 'right' },
    { title: 'ENGINE', shrinkTo: 8 },
  ],
  row: (it) => [
    it.id,
    it.name,
    when(it.startedAt),
    tookOf(it),
    grouped(it.addresses),
    `${grouped(it.complete)}/${grouped(it.shards)}`,
    grouped(it.incomplete),
    enginesOf(it),
  ],
  none: 'No task has run yet.',
};

/** With `--json` one line: `{ catalogue, runs }`. */
export async function listTasks(cli: Cli): Promise<ExitCode> {
  const tasks = await cli.withApi((api) => api.get<z.infer<typeof TasksJson>>('/api/tasks'));
  if (cli.json) {
    printJson(cli.io, [tasks]);
    return 0;
  }
  printList(cli, tasks.catalogue, CATALOGUE);
  cli.io.out('');
  printList(cli, tasks.runs, RUNS);
  return 0;
}
