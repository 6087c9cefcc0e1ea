import type { Command } from 'commander';
import type { ConfigFlags } from '../../../adapters/config/yaml-file.ts';
import { choice, example, type Does } from '../help.ts';
import type { ScanOptions } from '../verbs/scan.ts';
import { ENGINES, SEVERITIES } from '../words.ts';

/** Verbs that watch and look: up, scan, doctor, demo. */
export function addWatching(program: Command, does: Does): void {
  program
    .command('up')
    .description('Watch, tell, and close what was approved, until stopped.')
    .option(
      '--targets <list>',
      "addresses, networks, ranges, host names, @file (default: this machine's own addresses)",
    )
    .option('--exclude <list>', 'what is never scanned: addresses, networks, address:port')
    .option('--ports <spec>', 'TCP ports of every sweep: 22,80,8000-8100, high-risk, all')
    .option('--udp-ports <spec>', 'UDP ports of every sweep: 53,161, high-risk, all, none')
    .option('--cadence <time>', 'shortest repeat of the high-risk task, 1s to 7d')
    .option('--rate <n>', 'probes a second, all tasks together, 1 to 100000')
    .option('--rate-per-address <n>', 'probes a second to any one address but our own, 10 to 100000 (default: 500)')
    .option('--mode <mode>', 'observe, propose, approve, or auto (which needs patterns in the configuration)')
    .option('--listen <host:port>', 'loopback address to serve at; port 0 picks a free one')
    .option('--protect <list>', 'what is never closed: addresses, address:port, ports')
    .option('--alert-window <time>', 'how long an alert waits for others of its group, 0s to 15m')
    .option('--approval-ttl <time>', 'how long an approval stays open, 1m to 72h')
    .option('--yes-large', 'allow more than 65,536 addresses')
    .addHelpText('after', example('portcullis up --targets 127.0.0.0/28 --mode approve --listen 127.0.0.1:0'))
    .action(does(async (cli, flags: ConfigFlags) => (await import('../verbs/up.ts')).up(cli, flags)));

  program
    .command('scan')
    .description('One run through the whole pipeline: what is open, what changed, what needs a person.')
    .argument('<targets...>', 'addresses, networks, ranges, host names, label:PORT_OPEN, @file')
    .option('--udp', 'look at UDP ports: only an answer in their own protocol counts as open')
    .option('--ports <spec>', '22,80,8000-8100, high-risk, all (default: high-risk)')
    .addOption(choice('--engine <engine>', 'that engine or none (default: the best that works here)', ENGINES))
    .option('--rate <n>', 'most probes a second, 1 to 100000; to one address no more than --rate-per-address')
    .option(
      '--rate-per-address <n>',
      "most probes a second to any one address but this machine's own, 10 to 100000 (default: 400, four fifths of ratePerAddress in the configuration)",
    )
    .addOption(choice('--fail-on <severity>', 'exit with 3 when an open finding is at least this severe', SEVERITIES))
    .option('--yes-large', 'allow more than 65,536 addresses')
    .addHelpText('after', '\nEnds with 1 when a part could not be scanned, or the state of a port not be found out.')
    .addHelpText('after', example('portcullis scan 127.0.0.1 --ports 1-1024,6379 --fail-on high'))
    .action(
      does(async (cli, targets: string[], options: ScanOptions) =>
        (await import('../verbs/scan.ts')).scan(cli, targets, options),
      ),
    );

  program
    .command('doctor')
    .description('What works here, and what to do about what does not.')
    .addHelpText('after', example('portcullis doctor --data /var/lib/portcullis'))
    .action(does(async (cli) => (await import('../verbs/doctor.ts')).doctor(cli)));

  program
    .command('demo')
    .description('The whole loop in a private network namespace in under a minute, touching nothing else.')
    .option('--yes', 'click the approval link without asking')
    .addHelpText('after', example('portcullis demo --yes'))
    .action(does(async (cli, options: { yes?: boolean }) => (await import('../verbs/up.ts')).demo(cli, options)));
}
