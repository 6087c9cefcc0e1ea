import { Duration } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type * as z from 'zod';

/** The code of a function, by its folder under lambdas/. */
export type FunctionCode = (name: string) => Code;

export interface PortcullisFunctionProps<Schema extends z.ZodType> {
  /** Folder under lambdas/. */
  name: string;
  code: FunctionCode;
  description: string;
  /** The schema its handler parses the environment with: a forgotten or misspelt variable does not compile. */
  schema: Schema;
  environment: z.input<Schema> & Record<string, string>;
  timeoutSeconds: number;
  memoryMb?: number;
  /** Most invocations at once, taken from the account's own limit: set only where something must be protected from more. */
  reservedConcurrency?: number;
}

/** One function of lambdas/, with a log group and a role of its own that may at first do nothing but write there. */
export class PortcullisFunction<Schema extends z.ZodType = z.ZodType> extends Construct {
  readonly lambda: Function;
  readonly role: Role;

  constructor(scope: Construct, id: string, props: PortcullisFunctionProps<Schema>) {
    super(scope, id);
    const logGroup = new LogGroup(this, 'Logs', { retention: RetentionDays.THREE_MONTHS });
    // The managed policy that comes by default would let it write into every log group of the account.
    this.role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      description: `Portcullis ${props.name}: ${props.description}`,
    });
    logGroup.grantWrite(this.role);
    this.lambda = new Function(this, 'Function', {
      code: props.code(props.name),
      handler: 'index.handler',
      description: `Portcullis ${props.name}: ${props.description}`,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      memorySize: props.memoryMb ?? 512,
      timeout: Duration.seconds(props.timeoutSeconds),
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      role: this.role,
      logGroup,
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
    });
  }
}
