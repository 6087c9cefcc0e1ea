import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { FindingStatus, PortClass, SEVERITIES as CORE_SEVERITIES } from '../../../core/findings/finding.ts';
import { ChangeKind } from '../../../core/fingerprints/change.ts';
import { Protocol } from '../../../core/net/protocol.ts';
import { EngineName } from '../../../core/scanning/engine-name.ts';
import { KEY_NAMES } from '../../../core/config/schema.ts';
import { buildProgram } from '../../../local/cli/program.ts';
import { OUTPUT_FORMATS } from '../../../fargate-scanner/formats/read-output.ts';
import {
  CHANGE_KINDS,
  CLASSES,
  ENGINES,
  EXPORT_FORMATS,
  PROTOCOLS,
  IMPORT_FORMATS,
  SEVERITIES,
  STATUSES,
} from '../../../local/cli/words.ts';
import { ExportFormat } from '../../../web/shapes.ts';
import { runFake } from '../../support/cli/run-fake.ts';

const program = buildProgram(async () => undefined);

function verbsOf(command: Command, prefix: readonly string[] = []): string[][] {
  return command.commands.flatMap((child) => {
    const path = [...prefix, child.name()];
    return [path, ...verbsOf(child, path)];
  });
}

const VERBS = verbsOf(program).map((path) => path.join(' '));

/** Keys with keys of their own: only the file has room for them. */
const STRUCTURED = new Set<string>(['owners', 'aws', 'auto', 'limits', 'approvers', 'signIn']);

describe('help', () => {
  it('knows every verb of the contract', () => {
    expect(VERBS.toSorted()).toEqual(
      [
        'up scan findings changes fingerprints assets tasks explain plan remediate rollback resume import export doctor demo'.split(
          ' ',
        ),
        ['whitelist', 'whitelist add', 'whitelist list', 'whitelist approve', 'whitelist reject', 'whitelist remove'],
        ['approvals', 'approvals list', 'approvals show', 'approvals approve', 'approvals deny', 'approvals link'],
      ]
        .flat()
        .toSorted(),
    );
  });

  it.each(VERBS)('of "%s" goes to stdout, has an example that begins with it, and ends with 0', async (verb) => {
    const { code, out, err } = await runFake([...verb.split(' '), '--help']);
    expect(code).toBe(0);
    expect(err).toBe('');
    expect(out).toMatch(new RegExp(`\nExample:\n.*portcullis ${verb}`));
    expect(out).toContain('--json');
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('without a verb is printed on stderr as wrong usage', async () => {
    for (const args of [[], ['whitelist'], ['approvals']]) {
      const { code, out, err } = await runFake(args);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      expect(err).toContain('Usage: portcullis');
    }
  });

  it('lists a flag of `up` for every key of the configuration that one line can hold', () => {
    const up = program.commands.find((command) => command.name() === 'up');
    expect(up?.options.map((option) => option.attributeName()).toSorted()).toEqual(
      KEY_NAMES.filter((name) => !STRUCTURED.has(name)).toSorted(),
    );
  });
});

describe('the words of choices', () => {
  it('are those of the entities', () => {
    expect(STATUSES).toEqual(FindingStatus.options);
    expect(CLASSES).toEqual(PortClass.options);
    expect(SEVERITIES).toEqual(CORE_SEVERITIES);
    expect(ENGINES).toEqual(EngineName.options);
    expect(PROTOCOLS).toEqual(Protocol.options);
    expect(CHANGE_KINDS).toEqual(ChangeKind.options);
    expect(EXPORT_FORMATS).toEqual(ExportFormat.options);
    expect(IMPORT_FORMATS).toEqual(['auto', 'ports', ...OUTPUT_FORMATS]);
  });
});
