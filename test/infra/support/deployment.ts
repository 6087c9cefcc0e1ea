import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, type Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { afterAll } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import type { Settings } from '../../../core/config/settings.ts';
import type { FunctionCode } from '../../../infra/constructs/portcullis-function.ts';
import { addPortcullis } from '../../../infra/portcullis.ts';

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
}

export const READ_ROLE = 'arn:aws:iam::210987654321:role/portcullis-read';
export const WRITE_ROLE = 'arn:aws:iam::210987654321:role/portcullis-write';

/** One more account, reached through two roles; Portcullis may change rules. */
export const WATCHING: Settings = {
  ...DEFAULT_SETTINGS,
  targets: ['192.0.2.0/28'],
  rate: 12_000,
  mode: 'approve',
  aws: {
    securityHub: true,
    regions: ['eu-west-1'],
    accounts: [
      {
        account: '210987654321',
        regions: ['eu-west-1', 'us-east-1'],
        readRole: READ_ROLE,
        writeRole: WRITE_ROLE,
        externalId: 'a-text-that-nobody-guesses',
      },
    ],
  },
};

/** The feature flags that `cdk synth` sets. */
const FLAGS = (
  JSON.parse(readFileSync(new URL('../../../cdk.json', import.meta.url), 'utf8')) as {
    context: Record<string, unknown>;
  }
).context;

const written: string[] = [];
afterAll(() => {
  for (const outdir of written) rmSync(outdir, { recursive: true, force: true });
});

/** Everything that is deployed, without bundling: test/infra/bundles.test.ts loads the bundles. */
export function deploy(settings: Settings = WATCHING, onCode: (name: string) => void = () => undefined) {
  const outdir = mkdtempSync(join(tmpdir(), 'portcullis-templates-'));
  written.push(outdir);
  const app = new App({
    outdir,
    context: { ...FLAGS, 'aws:cdk:bundling-stacks': [] },
    // Left to `cdk synth`: it takes seconds.
    builtinCloudFormationValidation: false,
  });
  const code: FunctionCode = (name) => {
    onCode(name);
    return Code.fromInline('not bundled');
  };
  const stacks = addPortcullis(app, { settings, code, environment: 'test' });
  return { app, ...stacks };
}
export type Deployment = ReturnType<typeof deploy>;

const templates = new WeakMap<Stack, Record<string, Resource>>();

/** The resources of a stack, by logical id. */
export function resourcesOf(stack: Stack): Record<string, Resource> {
  const known = templates.get(stack);
  if (known !== undefined) return known;
  const resources = Template.fromStack(stack).toJSON()['Resources'] as Record<string, Resource>;
  templates.set(stack, resources);
  return resources;
}

export function ofType(stack: Stack, type: string): Resource[] {
  return Object.values(resourcesOf(stack)).filter(({ Type }) => Type === type);
}

export function stacksOf({ data, pipeline, people, scanners, events, observability, spoke }: Deployment): Stack[] {
  return [data, pipeline, people, scanners, events, observability, spoke];
}
