import { Duration, Stack } from 'aws-cdk-lib';
import { ArnPrincipal, Effect, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { FINDING_TAG } from '../../adapters/aws/roles.ts';
import { acknowledgeChanges, acknowledgeReads, changeRules, readNetworks } from './ec2-permissions.ts';

export interface SpokeRolesProps {
  /** ARNs of the hub's roles that read networks. */
  readonly readers: readonly string[];
  /** ARN of the hub's remediator. */
  readonly remediator: string;
  readonly externalId: string;
  readonly regions: readonly string[];
}

/** What the hub may do in this account: its readers describe, its remediator also changes ingress rules. Nobody else, and nothing else. */
export class SpokeRoles extends Construct {
  readonly read: Role;
  readonly write: Role;

  constructor(scope: Construct, id: string, { readers, remediator, externalId, regions }: SpokeRolesProps) {
    super(scope, id);
    this.read = this.#role('Read', 'describes networks', readers, externalId);
    this.read.addToPolicy(readNetworks(regions));
    acknowledgeReads(this.read);

    this.write = this.#role('Write', 'changes ingress rules', [remediator], externalId);
    const { partition, account } = Stack.of(this);
    for (const statement of changeRules(`arn:${partition}:ec2:*:${account}`, regions))
      this.write.addToPolicy(statement);
    acknowledgeChanges(this.write);
    // Says in CloudTrail of this account which finding a change was made for.
    this.write.assumeRolePolicy?.addStatements(
      trust(['sts:TagSession'], new ArnPrincipal(remediator), {
        StringEquals: { 'sts:ExternalId': externalId },
        'ForAllValues:StringEquals': { 'aws:TagKeys': [FINDING_TAG] },
      }),
    );
  }

  #role(id: string, what: string, trusted: readonly string[], externalId: string): Role {
    const [first, ...more] = trusted.map((arn) => new ArnPrincipal(arn));
    if (first === undefined) throw new Error(`nobody is trusted with the role ${id}`);
    const conditions = { StringEquals: { 'sts:ExternalId': externalId } };
    const role = new Role(this, id, {
      description: `Portcullis spoke: ${what}`,
      assumedBy: first.withConditions(conditions),
      maxSessionDuration: Duration.hours(1),
    });
    for (const principal of more) {
      role.assumeRolePolicy?.addStatements(trust(['sts:AssumeRole'], principal, conditions));
    }
    return role;
  }
}

function trust(actions: string[], principal: ArnPrincipal, conditions: Record<string, unknown>): PolicyStatement {
  return new PolicyStatement({ effect: Effect.ALLOW, actions, principals: [principal], conditions });
}
