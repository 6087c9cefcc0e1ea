import type * as z from 'zod';
import { BadInput, Refused } from '../../../core/errors.ts';
import { endpoint } from '../../../core/net/address.ts';
import type { Plan, PlanState } from '../../../core/remediation/plan.ts';
import type { DecisionJson, ProposalJson, ResumedJson, StatusJson } from '../../../web/shapes.ts';
import type { ApiClient } from '../api-client.ts';
import { printJson, type Cli, type ExitCode } from '../cli.ts';
import { when } from '../format.ts';
import { planLines } from '../plan-text.ts';
import { printable } from '../tables.ts';

type Proposal = z.infer<typeof ProposalJson>;

const POLL_MS = 300;
/** By hand or by machine, a change that is not verified by then needs a look. */
const LONGEST_MS = 15 * 60_000;
const SETTLED: readonly PlanState[] = ['verified', 'rolled-back', 'refused', 'failed'];

export interface PlanOptions {
  /** A rule for every protocol may be split. */
  readonly allProtocols?: boolean;
}

const propose = (cli: Cli, api: ApiClient, findingId: string, { allProtocols = false }: PlanOptions) =>
  api.post<Proposal>(`/api/findings/${encodeURIComponent(findingId)}/plan`, { by: cli.operator, allProtocols });

/** Shows the plan of a finding, and makes its approval. Nothing is changed. */
export async function showPlan(cli: Cli, findingId: string, options: PlanOptions): Promise<ExitCode> {
  const { proposal, mode } = await cli.withApi(async (api) => ({
    proposal: await propose(cli, api, findingId, options),
    mode: (await api.get<z.infer<typeof StatusJson>>('/api/status')).mode,
  }));
  if (cli.json) {
    printJson(cli.io, [proposal]);
    return 0;
  }
  cli.io.out(planLines(proposal.plan).join('\n'));
  const { id, state, expiresAt } = proposal.approval;
  if (state === 'pending' && mode === 'observe') {
    cli.io.out(
      '\nNothing has been changed, and mode observe changes nothing: start portcullis with --mode approve to approve it.',
    );
    return 0;
  }
  cli.io.out(
    state === 'pending'
      ? `\nNothing has been changed. To do it, until ${when(expiresAt)} UTC: portcullis approvals approve ${id}`
      : `\nApproval ${id} is ${state}.`,
  );
  return 0;
}

/** Plans, asks, approves as this operator and waits until the port is seen closed. */
export async function remediate(
  cli: Cli,
  findingId: string,
  { yes = false, ...options }: PlanOptions & { yes?: boolean },
): Promise<ExitCode> {
  if (!yes && !cli.io.interactive) {
    throw new BadInput(
      'remediate asks before it changes the firewall, and there is no terminal to ask at: add --yes to go on without',
    );
  }
  return cli.withApi(async (api) => {
    const { plan, approval } = await propose(cli, api, findingId, options);
    for (const line of planLines(plan)) cli.io.err(line);
    if (!yes) await confirm(cli, plan);
    const decision = await api.post<z.infer<typeof DecisionJson>>(
      `/api/approvals/${encodeURIComponent(approval.id)}/approve`,
      {
        by: cli.operator,
        reason: 'portcullis remediate',
      },
    );
    if (decision.approval.state === 'denied') {
      throw new Refused(
        `Approval ${approval.id} was denied by ${decision.approval.decidedBy ?? 'somebody'} at ${when(decision.approval.decidedAt)} UTC.`,
      );
    }
    return report(cli, await settled(cli, api, plan.id, SETTLED), 'verified');
  });
}

/** Puts a closed port back, and waits until it is. */
export async function rollback(cli: Cli, planId: string): Promise<ExitCode> {
  return cli.withApi(async (api) => {
    await api.post<Plan>(`/api/plans/${encodeURIComponent(planId)}/rollback`, { by: cli.operator });
    return report(cli, await settled(cli, api, planId, ['rolled-back', 'failed']), 'rolled-back');
  });
}

/** Lets changes in an account be made again after its line stopped. */
export async function resume(cli: Cli, account: string, { reason }: { reason?: string }): Promise<ExitCode> {
  const resumed = await cli.withApi((api) =>
    api.post<z.infer<typeof ResumedJson>>('/api/changes/resume', {
      account,
      by: cli.operator,
      reason: reason ?? null,
    }),
  );
  if (cli.json) printJson(cli.io, [resumed]);
  else cli.io.out(printable(`Changes in account ${resumed.account} are made again.`));
  return 0;
}

async function confirm(cli: Cli, { body }: Plan): Promise<void> {
  const where = endpoint(body.address, body.port, body.protocol);
  const answer = await cli.io.ask(`Type ${where} to close it: `);
  if (answer.trim() !== where) throw new Refused('Nothing was changed: the answer was another one.');
}

/** Polls until the plan is in one of `ends`; tells every step, and the commands when a person must run them. */
async function settled(cli: Cli, api: ApiClient, planId: string, ends: readonly PlanState[]): Promise<Plan> {
  const giveUp = cli.now() + LONGEST_MS;
  let told = '';
  for (;;) {
    const plan = await api.get<Plan>(`/api/plans/${encodeURIComponent(planId)}`);
    const standing = `${plan.state}${plan.note === null ? '' : `: ${plan.note}`}`;
    if (standing !== told) {
      cli.io.err(printable(standing));
      if (plan.state === 'manual') {
        cli.io.err('This process may not change the firewall. Run as root; the closed port is verified after that:');
        for (const command of plan.body.commands) cli.io.err(printable(`  ${command}`));
      }
      told = standing;
    }
    if (ends.includes(plan.state)) return plan;
    if (cli.now() > giveUp) {
      throw new Refused(
        `Plan ${planId} is still ${plan.state} after 15 minutes: look at it with "portcullis explain ${endpoint(plan.body.address, plan.body.port, plan.body.protocol)}".`,
      );
    }
    await cli.pause(POLL_MS);
  }
}

function report(cli: Cli, plan: Plan, wanted: PlanState): ExitCode {
  const where = endpoint(plan.body.address, plan.body.port, plan.body.protocol);
  if (cli.json) printJson(cli.io, [plan]);
  else if (plan.state === 'verified')
    cli.io.out(`${where} is closed, and its neighbours are open. To undo: portcullis rollback ${plan.id}`);
  else if (plan.state === 'rolled-back')
    cli.io.out(printable(`${where} is as it was before${plan.note === null ? '.' : `: ${plan.note}`}`));
  else cli.io.out(printable(`${where}: ${plan.state}${plan.note === null ? '' : `, ${plan.note}`}`));
  return plan.state === wanted ? 0 : 1;
}
