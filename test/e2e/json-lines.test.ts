import { removeTable } from './support/remove-table.ts';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, it } from 'vitest';
import * as z from 'zod';
import type { ApprovalJson, ProposalJson } from '../../web/shapes.ts';
import { buildProgram } from '../../local/cli/program.ts';
import { processCliPorts, runCli } from '../../local/cli/run.ts';
import { describeWith } from '../support/need.ts';
import type { Ended } from './support/portcullis.ts';
import { ADDRESS, cleanups, dataDir, findingWhere, open, told, up } from './support/scene.ts';
import { serveUdp } from './support/udp-servers.ts';

/** Print for people alone. */
const NOT_FOR_JSON = ['up', 'demo'];

interface Section {
  where: string;
  schema: z.ZodType;
}

/** The objects of docs/formats.md as a reader has them: where each is met, and its JSON Schema. Names it does not have are mistakes. */
async function documented(): Promise<Section[]> {
  const page = await readFile(new URL('../../docs/formats.md', import.meta.url), 'utf8');
  return [...page.matchAll(/^## .+\n\n(.+)\n\n```json\n([\s\S]*?)\n```/gm)].map(([, where = '', schema = '']) => ({
    where,
    schema: z.fromJSONSchema(JSON.parse(schema)),
  }));
}

/** A verb in this process: some forty would start one each. */
async function run(args: readonly string[]): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const io = {
    out: (line: string) => out.push(line),
    raw: (text: string) => out.push(text),
    err: (line: string) => err.push(line),
    colour: false,
    width: 100,
    interactive: false,
    ask: async () => '',
    async *pieces() {},
  };
  const code = await runCli(args, processCliPorts(io));
  return { code, out: out.join('\n'), err: err.join('\n') };
}

/** What of the line is not as documented; where nothing documents it, all of it. */
function wrongIn(section: Section | undefined, line: string): unknown[] {
  if (section === undefined) return ['docs/formats.md does not have it'];
  return section.schema.safeParse(JSON.parse(line)).error?.issues ?? [];
}

function verbsOf(command: Command, before: string[] = []): string[] {
  const path = [...before, command.name()];
  return command.commands.length === 0
    ? [path.slice(1).join(' ')]
    : command.commands.flatMap((child) => verbsOf(child, path));
}

describeWith(['root', 'nft', 'private network'], '--json', () => {
  it('prints, for every verb, lines that are what docs/formats.md says of that verb', async () => {
    const sections = await documented();
    const seen = new Set<string>();
    const data = await dataDir();
    for (const port of [6379, 8080, 9200]) await open(port);
    const ntp = await serveUdp('ntp', ADDRESS, 123);
    cleanups.push(() => ntp.close(), removeTable);
    const portcullis = await up(data, [
      `--targets=${ADDRESS}`,
      '--cadence=1s',
      '--mode=approve',
      '--ports=6379,8080,9200',
      '--udp-ports=123',
    ]);

    /** Runs `documentedAs` with these arguments; its lines, each checked. */
    async function lines<T>(documentedAs: string, args: readonly string[] = []): Promise<T[]> {
      const ended = await run([...documentedAs.split(' '), ...args, '--json', '--data', data]);
      const section = sections.find(({ where }) => where.includes(`\`${documentedAs} --json\``));
      const mistakes = ended.err.split('\n').filter((line) => line.startsWith('portcullis:'));
      expect({ documentedAs, ...ended, mistakes }).toMatchObject({ code: 0, mistakes: [] });
      const printed = ended.out.split('\n').filter((line) => line !== '');
      expect({ documentedAs, lines: printed.length }).not.toMatchObject({ lines: 0 });
      for (const line of printed) expect({ documentedAs, wrong: wrongIn(section, line) }).toMatchObject({ wrong: [] });
      seen.add(documentedAs.replace(/ --.*$/, ''));
      return printed.map((line) => JSON.parse(line) as T);
    }
    const first = async <T>(documentedAs: string, args: readonly string[] = []): Promise<T> =>
      (await lines<T>(documentedAs, args))[0] as T;
    const proposed = async (port: number) =>
      (await first<z.infer<typeof ProposalJson>>('plan', [(await told(portcullis, port)).id])).approval.id;

    await findingWhere(portcullis, ({ protocol }) => protocol === 'udp');
    await lines('scan', [ADDRESS, '--ports', '6379,8080,9200']);
    await lines('scan', [ADDRESS, '--udp', '--ports', '123']);
    for (const verb of ['findings', 'changes', 'assets', 'tasks', 'doctor']) await lines(verb);
    for (const protocol of ['tcp', 'udp']) await lines('fingerprints', ['--protocol', protocol]);
    for (const where of [ADDRESS, `${ADDRESS}:6379`, `${ADDRESS}:udp/123`]) await lines('explain', [where]);
    for (const verb of ['export', 'export --format ocsf', 'export --format asff']) await lines(verb);

    const denied = await proposed(9200);
    await lines('approvals show', [denied]);
    await lines('approvals link', [denied]);
    expect(await first<ApprovalJson>('approvals deny', [denied])).toMatchObject({ state: 'denied' });
    expect(await first<ApprovalJson>('approvals approve', [await proposed(8080)])).toMatchObject({ state: 'approved' });
    await lines('approvals list');
    const closed = await first<{ id: string }>('remediate', [(await told(portcullis, 6379)).id, '--yes']);
    await lines('rollback', [closed.id]);

    const ask = async (port: string) =>
      (await first<{ id: string }>('whitelist add', [ADDRESS, '--ports', port, '--reason', 'a test'])).id;
    const entry = await ask('9200');
    await lines('whitelist approve', [entry]);
    await lines('whitelist remove', [entry]);
    await lines('whitelist reject', [await ask('6379')]);
    await lines('whitelist list');

    const file = join(data, 'seen.txt');
    await writeFile(file, `#masscan\nopen tcp 9200 ${ADDRESS} ${Math.floor(Date.now() / 1_000)}\n# end\n`);
    await lines('import', [file]);
    await writeFile(file, `${ADDRESS}:9200\n`);
    await lines('import --format ports', [file]);

    for (const line of (await readFile(join(data, 'alerts.jsonl'), 'utf8')).split('\n').filter((one) => one !== '')) {
      const alert = sections.find(({ where }) => where.includes('`alerts.jsonl`'));
      expect(wrongIn(alert, line)).toEqual([]);
    }
    // Two changes would have to fail first; what it prints then is one name.
    const resumed = await run(['resume', 'local', '--json', '--data', data]);
    expect([resumed.code, resumed.out]).toEqual([1, '']);
    for (const verb of NOT_FOR_JSON) {
      const refused = await run([verb, '--json', '--data', data]);
      expect([refused.code, refused.out]).toEqual([2, '']);
      expect(refused.err).toContain('--json is not for');
    }
    const all = verbsOf(buildProgram(async () => {})).filter((verb) => ![...NOT_FOR_JSON, 'resume'].includes(verb));
    expect([...seen].sort()).toEqual(all.sort());
  }, 240_000);
});
