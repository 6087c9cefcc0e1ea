import { CfnCondition, CfnParameter, Fn } from 'aws-cdk-lib';
import { CfnEventBusPolicy, EventBus, EventBusPolicy } from 'aws-cdk-lib/aws-events';
import { AnyPrincipal, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** Where member accounts send their events. Nobody may until the organization is named; then its accounts may, and nobody else. */
export class HubBus extends Construct {
  readonly bus: EventBus;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', { description: 'Portcullis: events of member accounts that can open a port' });
    const organization = new CfnParameter(this, 'OrganizationId', {
      type: 'String',
      default: '',
      // AWS Organizations API reference, Organization.Id.
      allowedPattern: '^(o-[a-z0-9]{10,32})?$',
      constraintDescription: 'must be the id of an organization, such as o-a1b2c3d4e5, or nothing',
      description: 'Whose accounts may send events here; empty: none',
    });
    organization.overrideLogicalId('OrganizationId');
    const named = new CfnCondition(this, 'OrganizationIsNamed', {
      expression: Fn.conditionNot(Fn.conditionEquals(organization.valueAsString, '')),
    });
    const { policyDependable } = this.bus.addToResourcePolicy(
      new PolicyStatement({
        sid: 'MembersOfTheOrganization',
        actions: ['events:PutEvents'],
        principals: [new AnyPrincipal()],
        resources: [this.bus.eventBusArn],
        conditions: { StringEquals: { 'aws:PrincipalOrgID': organization.valueAsString } },
      }),
    );
    const policy = policyDependable instanceof EventBusPolicy ? policyDependable.node.defaultChild : undefined;
    if (!(policy instanceof CfnEventBusPolicy)) throw new Error('the bus has no policy');
    policy.cfnOptions.condition = named;
  }
}
