import { CfnElement, type Stack } from 'aws-cdk-lib';

/** A statement as a template has it. */
export interface RawStatement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** What stands for a resource in a text, by the stack and logical id it has there. */
export type Names = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** `queue shards`, `the table`, `parameter HubBusArn`: the last parts of each construct's path, and what it is where that helps. */
export function namesIn(stacks: readonly Stack[]): Names {
  return new Map(
    stacks.map((stack) => {
      const elements = stack.node.findAll().filter((one) => CfnElement.isCfnElement(one));
      return [stack.stackName, new Map(elements.map((one) => [String(stack.resolve(one.logicalId)), nameOf(one)]))];
    }),
  );
}

function nameOf(element: CfnElement): string {
  const path = element.node.path.split('/').slice(1);
  const own = path.filter((part) => !['Resource', 'Default'].includes(part));
  const last = own.at(-1) ?? '';
  const type = 'cfnResourceType' in element ? String(element.cfnResourceType) : '';
  switch (type) {
    case '':
      return `parameter ${last}`;
    case 'AWS::SQS::Queue':
      return `queue ${last}`;
    case 'AWS::DynamoDB::GlobalTable':
      return 'the table';
    case 'AWS::Logs::LogGroup':
      return 'its log group';
    case 'AWS::Lambda::Function':
      return `function ${own.at(-2) ?? ''}`;
    case 'AWS::SNS::Topic':
      return `topic ${own.at(-2) ?? ''}`;
    case 'AWS::KMS::Key':
      return `key ${own.join('/')}`;
    default:
      return own.join('/');
  }
}

/** The text of a value of a template: names in place of references, `ACCOUNT` and `REGION` for those of the stack. */
export function textOf(value: unknown, stack: Stack, names: Names): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const [[operation, argument] = ['', undefined]] = Object.entries(value);
  const known = (of: string, id: string) => names.get(of)?.get(id);
  if (operation === 'Ref') return pseudo(String(argument)) ?? known(stack.stackName, String(argument)) ?? unread(value);
  if (operation === 'Fn::GetAtt') {
    const [id = '', attribute = ''] = argument as string[];
    return withAttribute(known(stack.stackName, id) ?? unread(value), attribute);
  }
  if (operation === 'Fn::ImportValue') return imported(String(argument), names) ?? unread(value);
  if (operation === 'Fn::Join') {
    const [separator, parts] = argument as [string, unknown[]];
    return parts.map((part) => textOf(part, stack, names)).join(separator);
  }
  if (operation === 'Fn::Sub')
    return String(argument).replaceAll(/\$\{([\w:]+)\}/g, (_, id: string) => pseudo(id) ?? id);
  return unread(value);
}

function pseudo(id: string): string | undefined {
  return { 'AWS::Partition': 'aws', 'AWS::Region': 'REGION', 'AWS::AccountId': 'ACCOUNT' }[id];
}

const withAttribute = (name: string, attribute: string) => (attribute === 'StreamArn' ? `${name}'s stream` : name);

/** `Stack:ExportsOutputFnGetAtt<logical id><attribute><hash>`, as the CDK names what one stack reads of another. */
function imported(name: string, names: Names): string | undefined {
  const [stack = '', output = ''] = name.split(':');
  const reference = output.replace(/^ExportsOutput(FnGetAtt|Ref)/, '');
  const ids = [...(names.get(stack)?.keys() ?? [])].filter((id) => reference.startsWith(id));
  const longest = ids.toSorted((a, b) => b.length - a.length)[0];
  if (longest === undefined) return undefined;
  const known = names.get(stack)?.get(longest);
  return known && withAttribute(known, reference.slice(longest.length).replace(/[0-9A-F]{8}$/, ''));
}

function unread(value: unknown): never {
  throw new Error(`the page of permissions cannot say what ${JSON.stringify(value)} is`);
}
