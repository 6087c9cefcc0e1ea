/** Why somebody of ours makes a call. An action of a template that is not here has no reason: the page cannot be written then. */
const REASONS: readonly (readonly [why: string, ...actions: string[]])[] = [
  ['writes its log', 'logs:CreateLogStream', 'logs:PutLogEvents'],
  ['reads these items', 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'],
  ['writes these items', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:BatchWriteItem'],
  ['releases locks, removes what expired', 'dynamodb:DeleteItem'],
  [
    'is given the changes of findings',
    'dynamodb:DescribeStream',
    'dynamodb:GetRecords',
    'dynamodb:GetShardIterator',
    'dynamodb:ListStreams',
  ],
  ['takes its work', 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'],
  ['hands on work, or puts aside what cannot be done', 'sqs:SendMessage'],
  ['finds the queue', 'sqs:GetQueueAttributes', 'sqs:GetQueueUrl'],
  ['tells people', 'sns:Publish'],
  ['signs', 'kms:GenerateMac'],
  ['checks what is signed', 'kms:VerifyMac'],
  ['reports findings', 'securityhub:BatchImportFindings'],
  ['starts what has a turn', 'lambda:InvokeFunction'],
  ['forwards events to the hub', 'events:PutEvents'],
  ['acts in a member account through its role', 'sts:AssumeRole'],
  ['tags the session of a change with the finding it is for', 'sts:TagSession'],
  [
    'pulls the image of the scanner',
    'ecr:BatchCheckLayerAvailability',
    'ecr:BatchGetImage',
    'ecr:GetAuthorizationToken',
    'ecr:GetDownloadUrlForLayer',
  ],
  [
    'closes one port of one rule, puts it back',
    'ec2:AuthorizeSecurityGroupIngress',
    'ec2:ModifySecurityGroupRules',
    'ec2:RevokeSecurityGroupIngress',
  ],
  ['marks the rules that splitting made', 'ec2:CreateTags'],
];

const BY_ACTION = new Map(REASONS.flatMap(([why, ...actions]) => actions.map((action) => [action, why] as const)));

/** Calls that only read a network: their name says so. */
const READS = /^(?:ec2|elasticloadbalancing):(?:Describe|GetManagedPrefixListEntries)/;

export const isNetworkRead = (action: string): boolean => READS.test(action);

/** @throws when an action has no reason */
export function reasonsOf(actions: readonly string[]): string[] {
  return [...new Set(actions.map(reasonOf))];
}

function reasonOf(action: string): string {
  const why = isNetworkRead(action) ? 'works out what lets a port in' : BY_ACTION.get(action);
  if (why === undefined) throw new Error(`infra/docs/reasons.ts does not say why anybody needs ${action}`);
  return why;
}
