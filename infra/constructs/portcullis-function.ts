import { fileURLToPath } from 'node:url';
import { Duration } from 'aws-cdk-lib';
import { Architecture, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type * as z from 'zod';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface PortcullisFunctionProps<Schema extends z.ZodType> {
  /** Folder under lambdas/. */
  name: string;
  /** The schema its handler parses the environment with: a forgotten or misspelt variable does not compile. */
  schema: Schema;
  environment: z.input<Schema> & Record<string, string>;
  timeoutSeconds: number;
  memoryMb?: number;
}

/** One function of lambdas/, bundled by esbuild, with its own log group. */
export class PortcullisFunction<Schema extends z.ZodType> extends Construct {
  readonly lambda: NodejsFunction;

  constructor(scope: Construct, id: string, props: PortcullisFunctionProps<Schema>) {
    super(scope, id);
    this.lambda = new NodejsFunction(this, 'Function', {
      entry: `${ROOT}lambdas/${props.name}/handler.ts`,
      projectRoot: ROOT,
      depsLockFilePath: `${ROOT}package-lock.json`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb ?? 256,
      timeout: Duration.seconds(props.timeoutSeconds),
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      logGroup: new LogGroup(this, 'Logs', { retention: RetentionDays.THREE_MONTHS }),
      bundling: {
        format: OutputFormat.ESM,
        target: 'node24',
        mainFields: ['module', 'main'],
        sourceMap: true,
        minify: true,
        keepNames: true,
        // The Lambda runtime's copy of the SDK changes under us; ours is what was tested.
        externalModules: [],
        // CommonJS packages inside an ES module bundle call require().
        banner: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
      },
    });
  }
}
