import type { CfnResource, Stack } from 'aws-cdk-lib';
import { CfnPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import { namesIn, type Names, type RawStatement, textOf } from './statement-text.ts';
import { reasonsOf } from './reasons.ts';

/** What a role may do, as rows of a table. */
export interface RoleText {
  /** Path of its construct, such as `PortcullisPipeline/Dispatch`; of several when they are alike. */
  readonly names: readonly string[];
  readonly description: string | null;
  readonly trusts: readonly string[];
  readonly rows: readonly Row[];
}

export interface Row {
  readonly denies: boolean;
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Conditions, one text each. */
  readonly only: readonly string[];
  readonly why: readonly string[];
}

/** Every role of the stacks, in their order; roles of one stack that may do the same are one. */
export function rolesIn(stacks: readonly Stack[]): RoleText[] {
  const names = namesIn(stacks);
  const roles = stacks.flatMap((stack) =>
    stack.node
      .findAll()
      .filter((one) => one instanceof CfnRole)
      .map((role) => roleText(role, stack, names)),
  );
  const alike = Map.groupBy(roles, ({ names: [name = ''], ...rest }) => JSON.stringify([name.split('/')[0], rest]));
  return [...alike.values()].flatMap(([first, ...more]) =>
    first === undefined ? [] : [{ ...first, names: [first, ...more].flatMap((role) => role.names) }],
  );
}

function roleText(role: CfnRole, stack: Stack, names: Names): RoleText {
  const id = String(stack.resolve(role.logicalId));
  const own = propertiesOf(role, stack);
  if (own['ManagedPolicyArns'] !== undefined)
    throw new Error(`${role.node.path} has a policy that is not in its template`);
  const attached = stack.node
    .findAll()
    .filter((one) => one instanceof CfnPolicy)
    .map((policy) => propertiesOf(policy, stack))
    .filter(({ Roles }) => JSON.stringify(Roles).includes(`"${id}"`))
    .map(({ PolicyDocument }) => PolicyDocument);
  const inline = ((own['Policies'] ?? []) as { PolicyDocument: unknown }[]).map((it) => it.PolicyDocument);
  const path = role.node.path.replace(/\/Resource$/, '').replace(/\/Role$/, '');
  const description = own['Description'];
  return {
    names: [path],
    description: typeof description === 'string' ? description : null,
    trusts: statementsIn(own['AssumeRolePolicyDocument']).flatMap((one) => trustText(one, stack, names)),
    rows: [...inline, ...attached].flatMap(statementsIn).map((one) => rowOf(one, stack, names)),
  };
}

function rowOf(statement: RawStatement, stack: Stack, names: Names): Row {
  const texts = (value: unknown) => [value].flat().map((one) => textOf(one, stack, names));
  const actions = texts(statement.Action);
  const denies = statement.Effect === 'Deny';
  return {
    denies,
    actions,
    resources: texts(statement.Resource),
    only: conditionTexts(statement, texts),
    why: denies ? ['the owner keeps it from being changed'] : reasonsOf(actions),
  };
}

function trustText(statement: RawStatement, stack: Stack, names: Names): string[] {
  const texts = (value: unknown) => [value].flat().map((one) => textOf(one, stack, names));
  const who = Object.values(statement.Principal ?? {}).flatMap(texts);
  const only = conditionTexts(statement, texts);
  return who.map((one) => (only.length === 0 ? one : `${one}, ${only.join(', ')}`));
}

/** Operators that say how a key is compared, in words. */
const COMPARED: Readonly<Record<string, string>> = {
  StringEquals: 'is',
  StringLike: 'is like',
  'ForAllValues:StringEquals': 'are at most',
  'ForAllValues:StringLike': 'are like',
  StringNotEqualsIgnoreCase: 'is not',
};

function conditionTexts({ Condition = {} }: RawStatement, texts: (value: unknown) => string[]): string[] {
  return Object.entries(Condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, values]) => {
      if (operator === 'Null') return texts(values)[0] === 'false' ? `${key} is there` : `${key} is not there`;
      const compared = COMPARED[operator];
      if (compared === undefined) throw new Error(`the page of permissions has no words for ${operator}`);
      const all = texts(values).join(', ');
      return key === 'dynamodb:LeadingKeys' ? `items ${all}` : `${key} ${compared} ${all}`;
    }),
  );
}

function propertiesOf(resource: CfnResource, stack: Stack): Record<string, unknown> {
  const { Resources } = stack.resolve(resource._toCloudFormation()) as {
    Resources: Record<string, { Properties?: Record<string, unknown> }>;
  };
  return Object.values(Resources)[0]?.Properties ?? {};
}

function statementsIn(document: unknown): RawStatement[] {
  const { Statement = [] } = (document ?? {}) as { Statement?: RawStatement | RawStatement[] };
  return [Statement].flat();
}
