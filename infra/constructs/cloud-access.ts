import { Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import type { Settings } from '../../core/config/settings.ts';
import { acknowledgeChanges, acknowledgeReads, changeRules, readNetworks } from './ec2-permissions.ts';

type CloudSettings = Pick<Settings, 'aws' | 'mode'>;

/** Lets a role describe the networks of every watched account: its own directly, the others through their read roles. */
export function grantNetworkReads(role: Role, { aws }: CloudSettings): void {
  if (aws === null) return;
  role.addToPolicy(readNetworks(aws.regions));
  acknowledgeReads(role);
  assume(
    role,
    'AssumeReadRoles',
    ['sts:AssumeRole'],
    aws.accounts.map(({ readRole }) => readRole),
  );
}

/**
 * Lets a role change rules of every watched account: its own directly, the others through their write roles. For the remediator and nobody
 * else, and only in a mode in which Portcullis changes anything by itself.
 */
export function grantRuleChanges(role: Role, { aws, mode }: CloudSettings): void {
  if (aws === null || mode === 'observe' || mode === 'propose') return;
  const { partition, account } = Stack.of(role);
  for (const statement of changeRules(`arn:${partition}:ec2:*:${account}`, aws.regions)) role.addToPolicy(statement);
  acknowledgeChanges(role);
  assume(
    role,
    'AssumeWriteRoles',
    ['sts:AssumeRole', 'sts:TagSession'],
    aws.accounts.map(({ writeRole }) => writeRole),
  );
}

function assume(role: Role, sid: string, actions: string[], arns: readonly (string | null)[]): void {
  const given = [...new Set(arns.filter((arn) => arn !== null))];
  if (given.length === 0) return;
  role.addToPolicy(new PolicyStatement({ sid, actions, resources: given }));
}
