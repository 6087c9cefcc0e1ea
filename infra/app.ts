import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { AwsSolutionsChecks } from 'cdk-nag';
import { loadConfig } from '../adapters/config/yaml-file.ts';
import { PortcullisError } from '../core/errors.ts';
import { bundleFunctions, functionNames } from './bundling/bundle.ts';
import type { FunctionCode } from './constructs/portcullis-function.ts';
import { addPortcullis } from './portcullis.ts';

/** `cdk synth`: reads `portcullis.yaml` of the working directory and writes the templates. Exit 1 with a line for each mistake in it. */
async function synthesize(): Promise<void> {
  const settings = await loadConfig({ flags: {} });
  const app = new App();
  const scratch = await mkdtemp(join(tmpdir(), 'portcullis-bundles-'));
  try {
    const environment: unknown = app.node.tryGetContext('environment');
    addPortcullis(app, {
      settings,
      code: await bundledCode(app, scratch),
      environment: typeof environment === 'string' ? environment : 'production',
    });
    // A violation that is not acknowledged beside its construct ends the synthesis with exit 1.
    Validations.of(app).addPlugins(new AwsSolutionsChecks());
    app.synth();
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The CDK says which stacks need their code; `cdk list` needs none. */
async function bundledCode(app: App, directory: string): Promise<FunctionCode> {
  const stacks: unknown = app.node.tryGetContext('aws:cdk:bundling-stacks');
  if (Array.isArray(stacks) && stacks.length === 0) return () => Code.fromInline('not bundled');
  await bundleFunctions(await functionNames(), directory);
  return (name) => Code.fromAsset(join(directory, name));
}

try {
  await synthesize();
} catch (thrown) {
  if (!(thrown instanceof PortcullisError)) throw thrown;
  console.error(thrown.message);
  process.exitCode = 1;
}
