import type * as z from 'zod';
import { placeName } from '../../../core/cloud/place-name.ts';
import { endpoint } from '../../../core/net/address.ts';
import type { ApprovalJson, DecisionJson, LinksJson, StatusJson } from '../../../web/shapes.ts';
import { printJson, type Cli, type ExitCode } from '../cli.ts';
import { when } from '../format.ts';
import { planLines } from '../plan-text.ts';
import { printable } from '../tables.ts';
import { printList } from './lists.ts';

const path = (id: string, action = ''): string => `/api/approvals/${encodeURIComponent(id)}${action}`;

export async function listApprovals(cli: Cli): Promise<ExitCode> {
  const { approvals, stoppedLines } = await cli.withApi(async (api) => ({
    approvals: await api.get<ApprovalJson[]>('/api/approvals'),
    stoppedLines: (await api.get<StatusJson>('/api/status')).stoppedLines,
  }));
  for (const { why } of stoppedLines) cli.io.err(printable(`${why}.`));
  printList(cli, approvals, {
    columns: [
      { title: 'ID' },
      { title: 'STATE' },
      { title: 'CLOSES' },
      { title: 'ACCOUNT/REGION', unlessEmpty: true },
      { title: 'FINDING' },
      { title: 'EXPIRES (UTC)' },
      { title: 'DECIDED BY', shrinkTo: 10 },
    ],
    row: (it) => [
      it.id,
      { text: it.state, colour: it.state === 'pending' ? 'yellow' : null },
      it.plan === null ? '' : endpoint(it.plan.body.address, it.plan.body.port, it.plan.body.protocol),
      placeOf(it) ?? '',
      it.findingId,
      when(it.expiresAt),
      it.decidedBy ?? '',
    ],
    none: 'No approvals.',
  });
  return 0;
}

function placeOf({ plan }: ApprovalJson): string | null {
  const place = plan?.body.place ?? null;
  return place === null ? null : placeName(place);
}

export async function showApproval(cli: Cli, id: string): Promise<ExitCode> {
  const approval = await cli.withApi((api) => api.get<ApprovalJson>(path(id)));
  if (cli.json) {
    printJson(cli.io, [approval]);
    return 0;
  }
  cli.io.out(`Approval ${approval.id} is ${approval.state}, open until ${when(approval.expiresAt)} UTC.`);
  if (approval.decidedBy !== null)
    cli.io.out(printable(`Decided by ${approval.decidedBy} at ${when(approval.decidedAt)} UTC.`));
  if (approval.outcome !== null) cli.io.out(printable(approval.outcome));
  if (approval.plan !== null) cli.io.out(planLines(approval.plan).join('\n'));
  return 0;
}

const WANTED = { approve: 'approved', deny: 'denied' } as const;

/** Decides once. A second decision is told the first one, and fails when it wanted the opposite. */
export async function decide(
  cli: Cli,
  action: keyof typeof WANTED,
  id: string,
  { reason }: { reason?: string },
): Promise<ExitCode> {
  return cli.withApi(async (api, { server }) => {
    const body = { by: cli.operator, reason: reason ?? null };
    const { kind, approval } = await api.post<z.infer<typeof DecisionJson>>(path(id, `/${action}`), body);
    if (cli.json) printJson(cli.io, [approval]);
    if (kind === 'already') {
      const sentence = `Approval ${approval.id} was decided before: ${approval.state}, by ${approval.decidedBy ?? 'nobody'} at ${when(approval.decidedAt)} UTC.`;
      if (!cli.json) cli.io.out(printable(sentence));
      return (approval.state === 'denied') === (action === 'deny') ? 0 : 1;
    }
    if (!cli.json) cli.io.out(`${action === 'approve' ? 'Approved' : 'Denied'} ${approval.id}.`);
    if (action === 'approve' && server === null) {
      cli.io.err(
        `nothing runs on ${cli.dataDir}: the change is made by this process now; see portcullis approvals show ${approval.id}`,
      );
    }
    return 0;
  });
}

/** Prints the signed link alone; of several, each behind its approver. Whoever has one can decide. */
export async function linkOf(cli: Cli, id: string): Promise<ExitCode> {
  const link = await cli.withApi((api) => api.post<z.infer<typeof LinksJson>>(path(id, '/link')));
  if (cli.json) printJson(cli.io, [link]);
  else if (link.links.length === 1) cli.io.out(link.url);
  else for (const { approver, url } of link.links) cli.io.out(`${printable(approver)} ${url}`);
  return 0;
}
