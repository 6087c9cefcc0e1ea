import { readFileSync } from 'node:fs';
import { App, type Stack } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { DEFAULT_SETTINGS } from '../../core/config/normalise.ts';
import type { Settings } from '../../core/config/settings.ts';
import { addPortcullis } from '../portcullis.ts';
import { isNetworkRead } from './reasons.ts';
import { type RoleText, rolesIn } from './roles.ts';

/** Everything that grants anything: one member account, a mode that changes rules, people who sign in. */
const SETTINGS: Settings = {
  ...DEFAULT_SETTINGS,
  targets: ['192.0.2.0/28'],
  mode: 'approve',
  approvers: [{ name: 'ana@example.com', match: null, subject: 'ana@example.com', arns: [] }],
  signIn: {
    issuer: 'https://login.example.com',
    clientId: 'portcullis',
    audience: 'portcullis',
    forSeverity: 'high',
  },
  aws: {
    securityHub: true,
    regions: ['eu-west-1'],
    accounts: [
      {
        account: '210987654321',
        regions: ['eu-west-1'],
        readRole: 'arn:aws:iam::210987654321:role/portcullis-read',
        writeRole: 'arn:aws:iam::210987654321:role/portcullis-write',
        externalId: 'a-text-that-nobody-guesses',
      },
    ],
  },
};

const ROOT = new URL('../../', import.meta.url);
const text = (path: string) => readFileSync(new URL(path, ROOT), 'utf8');

/** `docs/iam.md`, from the templates and from the names of the tests that look at them. */
export function iamPage(): string {
  const roles = rolesIn(synthesized());
  return `<!-- Written by \`npm run docs\` from infra/ and test/infra/permissions.test.ts; a test holds it current. -->
# Permissions

Every role that a deployment makes, what it may do, on what and why, read from the templates. It is shown for mode \`approve\` with one member
account and with \`signIn\`: in modes \`observe\` and \`propose\` the remediator has neither the rows that change rules nor a write role, and
without \`aws\` nobody reads networks. \`REGION\` and \`ACCOUNT\` are those of the stack. Items are those of the [one table](architecture.md#data-model)
whose partition key is like one of these (\`dynamodb:LeadingKeys\`). What deploying itself needs is in the [deploy guide](deploy.md#what-deploying-needs).

No role has a managed policy, \`iam:PassRole\`, a star in an action, or a \`Scan\` of the table. Where \`*\` is the resource, AWS offers no
other for that call.

${roles.map(section).join('\n\n')}

## Reads of networks

${list(networkReads(roles))}.

## What must not be

Each line is a test of \`test/infra/permissions.test.ts\`, on the templates:

${assertions(text('test/infra/permissions.test.ts')).join('\n')}
`;
}

function synthesized(): Stack[] {
  const { context } = JSON.parse(text('cdk.json')) as { context: Record<string, unknown> };
  const app = new App({
    context: { ...context, 'aws:cdk:bundling-stacks': [] },
    builtinCloudFormationValidation: false,
  });
  const made = addPortcullis(app, {
    settings: SETTINGS,
    code: () => Code.fromInline('not bundled'),
    environment: 'production',
  });
  // Policies are put together while it is synthesized.
  app.synth();
  return [made.data, made.pipeline, made.people, made.scanners, made.events, made.observability, made.spoke];
}

function section({ names, description, trusts, rows }: RoleText): string {
  const about = description === null ? '' : `${description}. `;
  const table = rows.map(({ denies, actions, resources, only, why }) => {
    const calls = actions.every(isNetworkRead) ? `the [reads of networks](#reads-of-networks)` : list(actions);
    return [`${denies ? '**may not** ' : ''}${calls}`, list(resources), list(only), why.join('; ')].join(' | ');
  });
  return `## ${names.join(', ')}

${about}Assumed by ${list(trusts)}.

| may | on | only where | why |
|---|---|---|---|
${table.map((row) => `| ${row} |`).join('\n')}`;
}

/** Names of ours are words; what is written for machines is code. */
const list = (all: readonly string[]) => all.map((one) => (/[:*#]/.test(one) ? `\`${one}\`` : one)).join(', ');

function networkReads(roles: readonly RoleText[]): string[] {
  const all = roles.flatMap(({ rows }) => rows.flatMap(({ actions }) => actions.filter(isNetworkRead)));
  return [...new Set(all)].toSorted();
}

/** `the scanner must not call EC2`: names of the tests, each with what it is about. */
function assertions(tests: string): string[] {
  const lines: string[] = [];
  let about = '';
  for (const [, block, test] of tests.matchAll(/^(?:describe\('([^']+)'|  it\('([^']+)')/gm)) {
    if (block !== undefined) about = block;
    else if (test !== undefined) lines.push(`- ${about[0]?.toUpperCase()}${about.slice(1)} ${test}.`);
  }
  return lines;
}
