import { BootstraplessSynthesizer, CfnOutput, CfnParameter, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { EventBus as BusTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Construct } from 'constructs';
import { SpokeRoles } from '../constructs/spoke-roles.ts';
import { WatchedEventRules } from '../constructs/watched-event-rules.ts';

const ROLE_ARN = '^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$';

/** What a member account gives to the hub, for one or more Regions. Its template stands alone: no assets, no bootstrap, fit for a StackSet. */
export class SpokeStack extends Stack {
  readonly roles: SpokeRoles;

  constructor(scope: Construct, id: string) {
    super(scope, id, {
      synthesizer: new BootstraplessSynthesizer(),
      description: 'Portcullis spoke: lets the hub read networks, change ingress rules and hear of changes',
    });
    const text = (name: string, description: string, allowedPattern: string, constraintDescription: string) =>
      new CfnParameter(this, name, { type: 'String', description, allowedPattern, constraintDescription })
        .valueAsString;
    const list = (name: string, description: string) =>
      new CfnParameter(this, name, { type: 'CommaDelimitedList', description }).valueAsList;

    const hubRole = (name: string) =>
      text(`Hub${name}RoleArn`, `Output Hub${name}RoleArn of the hub`, ROLE_ARN, 'must be the ARN of a role');
    const remediator = hubRole('Remediate');
    this.roles = new SpokeRoles(this, 'Roles', {
      readers: [remediator, ...HUB_READERS.map(hubRole)],
      remediator,
      externalId: text(
        'ExternalId',
        'The same text stands in portcullis.yaml; anything long that nobody guesses',
        '^[A-Za-z0-9+=,.@:/-]{16,1224}$',
        'must be 16 to 1224 letters, digits or +=,.@:/-',
      ),
      regions: list('Regions', 'Regions that the hub may read and change in this account'),
    });
    const hub = text(
      'HubBusArn',
      'Output HubBusArn of the hub',
      '^arn:aws[a-z-]*:events:.+:event-bus/.+$',
      'must be the ARN of an event bus',
    );
    new WatchedEventRules(this, 'Forward', { target: new BusTarget(EventBus.fromEventBusArn(this, 'Hub', hub)) });

    new CfnOutput(this, 'ReadRoleArn', {
      value: this.roles.read.roleArn,
      description: 'readRole of this account in portcullis.yaml',
    });
    new CfnOutput(this, 'WriteRoleArn', {
      value: this.roles.write.roleArn,
      description: 'writeRole of this account in portcullis.yaml',
    });
  }
}

/** Functions of the hub that read networks and change nothing. */
const HUB_READERS = ['Ingest', 'Reconcile', 'FirewallEvents', 'Inventory', 'Api'] as const;
