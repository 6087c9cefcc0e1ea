import { Alias } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

/** A topic that people read. Encrypted with the account's key for SNS, which whoever may publish or subscribe here may use. */
export class PeopleTopic extends Construct {
  readonly topic: Topic;

  constructor(scope: Construct, id: string, displayName: string) {
    super(scope, id);
    this.topic = new Topic(this, 'Topic', {
      displayName,
      enforceSSL: true,
      masterKey: Alias.fromAliasName(this, 'Key', 'alias/aws/sns'),
    });
  }
}
