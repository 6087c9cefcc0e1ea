import type { PlanOptions } from '../verbs/change.ts';
import type { Command } from 'commander';
import { BREADTHS } from '../../../core/net/breadth.ts';
import { choice, example, type Does } from '../help.ts';
import type { WhitelistOptions } from '../verbs/whitelist.ts';

const whitelistVerbs = () => import('../verbs/whitelist.ts');
const approvalVerbs = () => import('../verbs/approvals.ts');
const changeVerbs = () => import('../verbs/change.ts');

/** Of plan and remediate. */
const ALL_PROTOCOLS = [
  '--all-protocols',
  'let a firewall rule for every protocol be split: protocols that cannot be listed one by one end',
] as const;

/** Verbs that decide and change: whitelist, approvals, plan, remediate, rollback, resume. */
export function addDeciding(program: Command, does: Does): void {
  addWhitelist(
    program.command('whitelist').description('Registered, approved, expiring permissions to be open.'),
    does,
  );
  addApprovals(program.command('approvals').description('Pending and past decisions, the same as the links.'), does);

  program
    .command('plan')
    .description('Show the exact firewall change that closes a finding. Changes nothing.')
    .argument('<finding>', 'id of the finding')
    .option(...ALL_PROTOCOLS)
    .addHelpText('after', example('portcullis plan f-0123456789abcdef'))
    .action(
      does(async (cli, finding: string, options: PlanOptions) => (await changeVerbs()).showPlan(cli, finding, options)),
    );

  program
    .command('remediate')
    .description('Plan, approve as you, close the port, and wait until it is seen closed.')
    .argument('<finding>', 'id of the finding')
    .option('--yes', 'do not ask')
    .option(...ALL_PROTOCOLS)
    .addHelpText('after', example('portcullis remediate f-0123456789abcdef --yes'))
    .action(
      does(async (cli, finding: string, options: PlanOptions & { yes?: boolean }) =>
        (await changeVerbs()).remediate(cli, finding, options),
      ),
    );

  program
    .command('rollback')
    .description('Put a closed port back.')
    .argument('<plan>', 'id of the plan')
    .addHelpText('after', example('portcullis rollback p-0123456789abcdef'))
    .action(does(async (cli, plan: string) => (await changeVerbs()).rollback(cli, plan)));

  program
    .command('resume')
    .description('Let changes in an account be made again, after two of them had to be undone.')
    .argument('<account>', '12 digits, or local for this host')
    .option('--reason <text>', 'why, for the record')
    .addHelpText('after', example('portcullis resume local --reason "the probe path was down"'))
    .action(
      does(async (cli, account: string, options: { reason?: string }) =>
        (await changeVerbs()).resume(cli, account, options),
      ),
    );
}

const WHITELIST_ACTIONS = [
  ['approve', 'Let a requested entry count.'],
  ['reject', 'Refuse a requested entry.'],
  ['remove', 'End an entry: what it covered alerts again.'],
] as const;

function addWhitelist(whitelist: Command, does: Does): void {
  whitelist.helpCommand(false).addHelpText('after', example('portcullis whitelist list'));
  whitelist
    .command('add')
    .description('Ask for a permission. It counts once it is approved.')
    .argument('<target>', 'address or network')
    .requiredOption('--ports <spec>', 'ports that may be open: 22,80,8000-8100, high-risk, all')
    .requiredOption('--reason <text>', 'why, for whoever approves')
    .addOption(choice('--protocol <protocol>', 'which protocol', ['tcp', 'udp', 'any']).default('tcp'))
    .addOption(choice('--from <source>', 'widest source that may reach it', BREADTHS).default('internet'))
    .option('--owner <owner>', 'whose it is')
    .option('--expires <time>', '30d, 2026-12-31 or an instant', '90d')
    .addHelpText(
      'after',
      example('portcullis whitelist add 192.0.2.3 --ports 443 --reason "public shop" --expires 30d'),
    )
    .action(
      does(async (cli, target: string, options: WhitelistOptions) =>
        (await whitelistVerbs()).addWhitelist(cli, target, options),
      ),
    );
  whitelist
    .command('list')
    .description('Entries in every state.')
    .addHelpText('after', example('portcullis whitelist list --json'))
    .action(does(async (cli) => (await whitelistVerbs()).listWhitelist(cli)));
  for (const [action, description] of WHITELIST_ACTIONS) {
    whitelist
      .command(action)
      .description(description)
      .argument('<id>', 'id of the entry')
      .addHelpText('after', example(`portcullis whitelist ${action} w-0123456789abcdef`))
      .action(does(async (cli, id: string) => (await whitelistVerbs()).actOnWhitelist(cli, action, id)));
  }
}

const DECISIONS = [
  ['approve', 'Approve the plan. The change is made at once.'],
  ['deny', 'Deny the plan. Nothing is changed.'],
] as const;

function addApprovals(approvals: Command, does: Does): void {
  approvals.helpCommand(false).addHelpText('after', example('portcullis approvals list'));
  approvals
    .command('list')
    .description('Approvals, newest first.')
    .addHelpText('after', example('portcullis approvals list --json'))
    .action(does(async (cli) => (await approvalVerbs()).listApprovals(cli)));
  approvals
    .command('show')
    .description('One approval with its plan.')
    .argument('<id>', 'id of the approval')
    .addHelpText('after', example('portcullis approvals show a-0123456789abcdef'))
    .action(does(async (cli, id: string) => (await approvalVerbs()).showApproval(cli, id)));
  for (const [action, description] of DECISIONS) {
    approvals
      .command(action)
      .description(description)
      .argument('<id>', 'id of the approval')
      .option('--reason <text>', 'why, for the record')
      .addHelpText('after', example(`portcullis approvals ${action} a-0123456789abcdef`))
      .action(
        does(async (cli, id: string, options: { reason?: string }) =>
          (await approvalVerbs()).decide(cli, action, id, options),
        ),
      );
  }
  approvals
    .command('link')
    .description('Print the signed link that decides, one for each approver. Whoever has one can decide.')
    .argument('<id>', 'id of the approval')
    .addHelpText('after', example('portcullis approvals link a-0123456789abcdef'))
    .action(does(async (cli, id: string) => (await approvalVerbs()).linkOf(cli, id)));
}
