import { parseDuration } from '../../../core/config/duration.ts';
import { BadInput } from '../../../core/errors.ts';
import { AddressSet } from '../../../core/net/address-set.ts';
import { parsePorts } from '../../../core/net/ports-spec.ts';
import { toInstant } from '../../../core/time.ts';
import type { WhitelistEntry } from '../../../core/whitelist/entry.ts';
import { printJson, type Cli, type ExitCode } from '../cli.ts';
import { when } from '../format.ts';
import { printList } from './lists.ts';

export interface WhitelistOptions {
  ports: string;
  protocol: 'tcp' | 'udp' | 'any';
  from: 'host' | 'private' | 'internet';
  reason: string;
  owner?: string;
  expires: string;
}

/** Registers a request; it counts only after `whitelist approve`. */
export async function addWhitelist(cli: Cli, target: string, options: WhitelistOptions): Promise<ExitCode> {
  const request = {
    target: networkOf(target),
    ports: parsePorts(options.ports, options.protocol === 'udp' ? 'udp' : 'tcp').toString(),
    protocol: options.protocol,
    widestSource: options.from,
    reason: options.reason,
    owner: options.owner ?? null,
    expiresAt: expiryOf(options.expires, cli.now()),
    by: cli.operator,
  };
  const entry = await cli.withApi((api) => api.post<WhitelistEntry>('/api/whitelist', request));
  if (cli.json) printJson(cli.io, [entry]);
  else {
    cli.io.out(`Requested ${entry.id}: ${describe(entry)}, until ${when(entry.expiresAt)} UTC.`);
    cli.io.out(`It counts once somebody approves it: portcullis whitelist approve ${entry.id}`);
  }
  return 0;
}

export async function listWhitelist(cli: Cli): Promise<ExitCode> {
  const entries = await cli.withApi((api) => api.get<WhitelistEntry[]>('/api/whitelist'));
  printList(cli, entries, {
    columns: [
      { title: 'ID' },
      { title: 'STATE' },
      { title: 'TARGET' },
      { title: 'PROTOCOL' },
      { title: 'PORTS', shrinkTo: 8 },
      { title: 'WIDEST' },
      { title: 'UNTIL (UTC)' },
      { title: 'REASON', shrinkTo: 8 },
    ],
    row: (it) => [
      it.id,
      stateOf(it, cli.now()),
      it.target,
      it.protocol,
      it.ports,
      it.widestSource,
      when(it.expiresAt),
      it.reason,
    ],
    none: 'The whitelist is empty.',
  });
  return 0;
}

const DONE = { approve: 'Approved', reject: 'Rejected', remove: 'Removed' } as const;

export async function actOnWhitelist(cli: Cli, action: keyof typeof DONE, id: string): Promise<ExitCode> {
  const path = `/api/whitelist/${encodeURIComponent(id)}/${action}`;
  const entry = await cli.withApi((api) => api.post<WhitelistEntry>(path, { by: cli.operator }));
  if (cli.json) printJson(cli.io, [entry]);
  else cli.io.out(`${DONE[action]} ${entry.id}: ${describe(entry)}.`);
  return 0;
}

function networkOf(text: string): string {
  const networks = AddressSet.parse(text).toString();
  if (networks.includes(',')) throw new BadInput(`"${text}" is not one network: add an entry for each of ${networks}`);
  return networks;
}

function stateOf(entry: WhitelistEntry, now: number): string {
  return entry.state === 'approved' && Date.parse(entry.expiresAt) <= now ? 'expired' : entry.state;
}

function describe(entry: WhitelistEntry): string {
  return `${entry.target} ${entry.protocol}/${entry.ports} from at most ${entry.widestSource} (${entry.reason})`;
}

/** `30d`, `2026-12-31` (the end of that day, UTC) or a full instant -> instant. */
function expiryOf(text: string, now: number): string {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const ms = /^\d{4}-/.test(text) ? Date.parse(day ? `${text}T23:59:59.999Z` : text) : now + durationOf(text);
  if (Number.isNaN(ms))
    throw new BadInput(`--expires "${text}" is not a date: write 30d, 2026-12-31 or 2026-12-31T12:00:00Z`);
  if (ms <= now) throw new BadInput(`--expires "${text}" is over: write a time to come`);
  return toInstant(ms);
}

function durationOf(text: string): number {
  try {
    return parseDuration(text, { min: '1m', max: '366d' });
  } catch (error) {
    throw error instanceof BadInput ? new BadInput(`--expires: ${error.message} (or a day such as 2026-12-31)`) : error;
  }
}
