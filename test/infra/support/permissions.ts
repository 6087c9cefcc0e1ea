import { Stack } from 'aws-cdk-lib';
import type { IRole } from 'aws-cdk-lib/aws-iam';
import { type Resource, resourcesOf } from './deployment.ts';

/** A statement as it stands in a template, with every list a list and every intrinsic function a text. */
export interface Statement {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly resources: readonly string[];
  readonly notResources: readonly string[];
  readonly principals: readonly string[];
  readonly condition: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/** Whether some text fits both patterns of `*` and `?`, letters of either case, as IAM compares actions. */
export function overlaps(a: string, b: string): boolean {
  if (a === '' && b === '') return true;
  const [x, y] = [a[0], b[0]];
  if (x === '*') return overlaps(a.slice(1), b) || (b !== '' && overlaps(a, b.slice(1)));
  if (y === '*') return overlaps(b, a);
  if (x === undefined || y === undefined) return false;
  const same = x === '?' || y === '?' || x.toLowerCase() === y.toLowerCase();
  return same && overlaps(a.slice(1), b.slice(1));
}

/** Whether the statement allows something that fits `action`. Denials are ignored: what a statement allows must be right by itself. */
export function allows(statement: Statement, action: string): boolean {
  if (statement.effect !== 'Allow') return false;
  if (statement.notActions.length > 0) return !statement.notActions.some((except) => covers(except, action));
  return statement.actions.some((allowed) => overlaps(allowed, action));
}

/** Whether every text that fits `action` fits `pattern` too; `action` may end in a star of its own. */
function covers(pattern: string, action: string): boolean {
  if (pattern === '*') return true;
  if (!action.includes('*')) return overlaps(pattern, action);
  return pattern.endsWith('*') && action.toLowerCase().startsWith(pattern.slice(0, -1).toLowerCase());
}

/** What a role may do: every statement of every policy that its stack attaches to it. Managed policies by ARN are not readable here. */
export function statementsOf(role: IRole): Statement[] {
  const stack = Stack.of(role);
  const id = logicalId(stack.resolve(role.roleArn));
  const resources = resourcesOf(stack);
  const own = resources[id];
  if (own === undefined) throw new Error(`${role.node.path} is not in its template`);
  const inline = ((own.Properties['Policies'] ?? []) as { PolicyDocument: unknown }[]).map((it) => it.PolicyDocument);
  const attached = Object.values(resources)
    .filter(
      ({ Type }) =>
        Type === 'AWS::IAM::Policy' || Type === 'AWS::IAM::ManagedPolicy' || Type === 'AWS::IAM::RolePolicy',
    )
    .filter(({ Properties }) => JSON.stringify(Properties['Roles'] ?? Properties['RoleName'] ?? []).includes(`"${id}"`))
    .map(({ Properties }) => Properties['PolicyDocument']);
  return [...inline, ...attached].flatMap(statementsIn);
}

/** Who may assume it. */
export function trustOf(role: IRole): Statement[] {
  const stack = Stack.of(role);
  return statementsIn(
    resourcesOf(stack)[logicalId(stack.resolve(role.roleArn))]?.Properties['AssumeRolePolicyDocument'],
  );
}

/** Actions of the role that fit `pattern`, as they stand in its policies. */
export function actionsLike(role: IRole, pattern: string): string[] {
  const found = statementsOf(role).filter((statement) => allows(statement, pattern));
  return found.flatMap(({ actions, notActions }) => [
    ...actions.filter((action) => overlaps(action, pattern)),
    ...notActions.map((action) => `not ${action}`),
  ]);
}

/** Whether the role may call `action` of DynamoDB for partitions that fit `partition`. */
export function reaches(role: IRole, action: string, partition: string): boolean {
  return statementsOf(role).some((statement) => {
    if (!allows(statement, `dynamodb:${action}`)) return false;
    const keys = statement.condition['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'];
    return keys === undefined || keys.some((key) => overlaps(key, partition));
  });
}

/** Statements of what resources say themselves: queues, topics, buckets, keys, event buses. */
export function resourcePolicies(resources: Record<string, Resource>): Statement[] {
  return Object.values(resources).flatMap(({ Type, Properties }) => {
    if (Type === 'AWS::KMS::Key') return statementsIn(Properties['KeyPolicy']);
    if (Type === 'AWS::Events::EventBusPolicy') return [toStatement(Properties['Statement'] as RawStatement)];
    const isPolicy = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy'].includes(Type);
    return isPolicy ? statementsIn(Properties['PolicyDocument']) : [];
  });
}

interface RawStatement {
  Effect: 'Allow' | 'Deny';
  Action?: unknown;
  NotAction?: unknown;
  Resource?: unknown;
  NotResource?: unknown;
  Principal?: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}

export function statementsIn(document: unknown): Statement[] {
  const statements = (document as { Statement?: RawStatement | RawStatement[] } | undefined)?.Statement ?? [];
  return [statements].flat().map(toStatement);
}

function toStatement(raw: RawStatement): Statement {
  const condition = Object.fromEntries(
    Object.entries(raw.Condition ?? {}).map(([operator, keys]) => [
      operator,
      Object.fromEntries(Object.entries(keys).map(([key, values]) => [key, texts(values)])),
    ]),
  );
  return {
    effect: raw.Effect,
    actions: texts(raw.Action),
    notActions: texts(raw.NotAction),
    resources: texts(raw.Resource),
    notResources: texts(raw.NotResource),
    principals: principalsOf(raw.Principal),
    condition,
  };
}

function principalsOf(principal: unknown): string[] {
  if (principal === undefined) return [];
  if (typeof principal === 'string') return [principal];
  return Object.values(principal as Record<string, unknown>).flatMap(texts);
}

function texts(value: unknown): string[] {
  return value === undefined ? [] : [value].flat().map(textOf);
}

/** `{ Ref: X }` becomes `${X}`, a join its parts one after the other, anything else its JSON. */
function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  if (name === 'Ref') return `\${${String(argument)}}`;
  if (name === 'Fn::GetAtt') return `\${${(argument as string[]).join('.')}}`;
  if (name === 'Fn::ImportValue') return `\${${textOf(argument)}}`;
  if (name === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map(textOf).join(separator);
  }
  return JSON.stringify(value);
}

function logicalId(arn: unknown): string {
  const [id] = (arn as { 'Fn::GetAtt'?: [string, string] })['Fn::GetAtt'] ?? [];
  if (id === undefined) throw new Error(`${JSON.stringify(arn)} is not the ARN of a role of this stack`);
  return id;
}
