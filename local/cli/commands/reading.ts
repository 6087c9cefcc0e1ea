import type { Command } from 'commander';
import type { ExportFormat } from '../../../web/shapes.ts';
import type { Query } from '../api-client.ts';
import { choice, example, type Does } from '../help.ts';
import type { ImportFormat } from '../verbs/import.ts';
import { CHANGE_KINDS, CLASSES, EXPORT_FORMATS, IMPORT_FORMATS, PROTOCOLS, SEVERITIES, STATUSES } from '../words.ts';

const lists = () => import('../verbs/lists.ts');
const exchange = () => import('../verbs/exchange.ts');

/** Verbs that list and exchange: findings, changes, fingerprints, assets, tasks, explain, import, export. */
export function addReading(program: Command, does: Does): void {
  program
    .command('findings')
    .description('Exposures that need a person, gravest first.')
    .addOption(choice('--status <status>', 'only this status', STATUSES))
    .addOption(choice('--class <class>', 'only this port class', CLASSES))
    .addOption(choice('--severity <severity>', 'at least this severity', SEVERITIES))
    .option('--address <address>', 'only this address')
    .addOption(choice('--protocol <protocol>', 'only this protocol', PROTOCOLS))
    .option('--port <port>', 'only this port')
    .option('--owner <owner>', 'only this owner')
    .addHelpText('after', example('portcullis findings --status open --class high-risk-port'))
    .action(does(async (cli, filter: Query) => (await lists()).listFindings(cli, filter)));

  program
    .command('changes')
    .description('Ports that were first seen, opened or closed, newest first.')
    .option('--limit <n>', 'at most this many', '100')
    .option('--since <instant>', 'only later ones, such as 2026-03-01T09:00:00.000Z')
    .addOption(choice('--kind <kind>', 'only this kind', CHANGE_KINDS))
    .option('--address <address>', 'only this address')
    .addHelpText('after', example('portcullis changes --kind opened --limit 20'))
    .action(does(async (cli, filter: Query) => (await lists()).listChanges(cli, filter)));

  program
    .command('fingerprints')
    .description('The confirmed open ports of each address.')
    .addOption(choice('--protocol <protocol>', 'ports of which protocol', PROTOCOLS).default('tcp'))
    .addHelpText('after', example('portcullis fingerprints'))
    .action(does(async (cli, filter: Query) => (await lists()).listFingerprints(cli, filter)));

  program
    .command('assets')
    .description('The addresses that are watched, and who owns them.')
    .addHelpText('after', example('portcullis assets --json'))
    .action(does(async (cli) => (await lists()).listAssets(cli)));

  program
    .command('tasks')
    .description('The task catalogue, and its latest runs.')
    .addHelpText('after', example('portcullis tasks'))
    .action(does(async (cli) => (await lists()).listTasks(cli)));

  program
    .command('explain')
    .description('What is open, which rule admits it, who owns it, and why it is judged as it is.')
    .argument(
      '<address[:port]>',
      'one address, or one port of it: 192.0.2.3, 192.0.2.3:6379, [2001:db8::10]:22, 192.0.2.3:udp/161',
    )
    .addHelpText('after', example('portcullis explain 127.7.7.9:6379'))
    .action(does(async (cli, where: string) => (await import('../verbs/explain.ts')).explain(cli, where)));

  program
    .command('import')
    .description('Take in open ports: lines address:port,port, or what nmap, masscan, naabu or RustScan wrote.')
    .argument('<file>', 'path, or - for stdin')
    .addOption(choice('--format <format>', 'what the file is', IMPORT_FORMATS).default('auto'))
    .addHelpText('after', example("echo '127.7.7.9:22,80' | portcullis import -"))
    .action(
      does(async (cli, file: string, { format }: { format: ImportFormat }) =>
        (await import('../verbs/import.ts')).importFile(cli, file, format),
      ),
    );

  program
    .command('export')
    .description('All findings on stdout.')
    .addOption(choice('--format <format>', 'what to write', EXPORT_FORMATS).default('json'))
    .addHelpText('after', example('portcullis export --format csv > findings.csv'))
    .action(does(async (cli, { format }: { format: ExportFormat }) => (await exchange()).exportFindings(cli, format)));
}
