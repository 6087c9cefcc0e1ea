import { Duration, Validations } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { FINDINGS } from '../../adapters/aws/dynamo/keys.ts';
import { DEAD_LETTER_RETENTION_SECONDS, MAX_RECEIVE_COUNT, TABLE } from '../../core/deployment/resources.ts';
import type { PortcullisFunction } from './portcullis-function.ts';

/** Most records a function gets at once: Security Hub takes a hundred findings in one call. */
const BATCH_SIZE = 100;

/** The changes of findings, from the table's stream, for one function; what it could not settle is kept beside it. */
export class FindingsStream extends Construct {
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.deadLetters = new Queue(this, 'emit-dlq', {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.seconds(DEAD_LETTER_RETENTION_SECONDS),
    });
    Validations.of(this.deadLetters).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is a dead-letter queue itself: of a stream, which the check does not know.',
    });
  }

  deliverTo({ lambda }: PortcullisFunction, table: TableV2): void {
    lambda.addEventSource(
      new DynamoEventSource(table, {
        startingPosition: StartingPosition.TRIM_HORIZON,
        batchSize: BATCH_SIZE,
        maxBatchingWindow: Duration.seconds(1),
        reportBatchItemFailures: true,
        // A record that fails on its own must not hold up those beside it until it is given up.
        bisectBatchOnError: true,
        retryAttempts: MAX_RECEIVE_COUNT,
        onFailure: new SqsDlq(this.deadLetters),
        filters: [
          FilterCriteria.filter({
            dynamodb: { Keys: { [TABLE.partitionKey]: { S: FilterRule.beginsWith(`${FINDINGS}#`) } } },
          }),
        ],
      }),
    );
    this.deadLetters.grantSendMessages(lambda);
  }
}
