import { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, deploy, ofType, stacksOf } from './support/deployment.ts';

let deployment: Deployment;
beforeAll(() => {
  deployment = deploy();
});

describe('the data', () => {
  it('is one table on demand that can be restored to any second, expires by ttl and tells of every change', () => {
    const [table, ...more] = ofType(deployment.data, 'AWS::DynamoDB::GlobalTable');
    expect(more).toEqual([]);
    expect(table).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        BillingMode: 'PAY_PER_REQUEST',
        TimeToLiveSpecification: { AttributeName: 'ttl', Enabled: true },
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        SSESpecification: { SSEEnabled: true },
        Replicas: [
          { DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
        ],
      },
    });
  });

  it('has the indexes that the adapters query', () => {
    const [table] = ofType(deployment.data, 'AWS::DynamoDB::GlobalTable');
    const indexes = table?.Properties['GlobalSecondaryIndexes'] as { IndexName: string; KeySchema: unknown }[];
    expect(indexes.map(({ IndexName }) => IndexName)).toEqual(['gsi1', 'gsi2']);
    expect(indexes[0]?.KeySchema).toEqual([
      { AttributeName: 'gsi1pk', KeyType: 'HASH' },
      { AttributeName: 'gsi1sk', KeyType: 'RANGE' },
    ]);
  });

  it('keeps evidence in a bucket that is private, versioned, logged and shortened by age', () => {
    const buckets = ofType(deployment.data, 'AWS::S3::Bucket');
    expect(buckets).toHaveLength(2);
    for (const bucket of buckets) {
      expect(bucket).toMatchObject({
        DeletionPolicy: 'Retain',
        Properties: {
          PublicAccessBlockConfiguration: {
            BlockPublicAcls: true,
            BlockPublicPolicy: true,
            IgnorePublicAcls: true,
            RestrictPublicBuckets: true,
          },
          OwnershipControls: { Rules: [{ ObjectOwnership: 'BucketOwnerEnforced' }] },
        },
      });
      expect(bucket.Properties['LifecycleConfiguration']).toBeDefined();
    }
    const logged = buckets.filter(({ Properties }) => Properties['LoggingConfiguration'] !== undefined);
    expect(logged).toHaveLength(1);
    expect(logged[0]?.Properties['VersioningConfiguration']).toEqual({ Status: 'Enabled' });
  });

  it('is in a stack that cannot be deleted by mistake', () => {
    expect(deployment.data.terminationProtection).toBe(true);
  });
});

describe('every stack', () => {
  it('leaves the names of what holds state to CloudFormation', () => {
    const named = stacksOf(deployment).flatMap((stack) =>
      (
        [
          'AWS::DynamoDB::GlobalTable',
          'AWS::S3::Bucket',
          'AWS::SQS::Queue',
          'AWS::SNS::Topic',
          'AWS::KMS::Alias',
        ] as const
      )
        .flatMap((type) => ofType(stack, type))
        .filter(({ Properties }) =>
          ['TableName', 'BucketName', 'QueueName', 'TopicName'].some((key) => key in Properties),
        ),
    );
    expect(named).toEqual([]);
  });

  it('carries the tags of the application', () => {
    const { data, pipeline, spoke } = deployment;
    for (const [stack, type] of [
      [data, 'AWS::S3::Bucket'],
      [pipeline, 'AWS::SQS::Queue'],
      [spoke, 'AWS::IAM::Role'],
    ] as const) {
      for (const { Properties } of ofType(stack, type)) {
        expect(Properties['Tags']).toEqual(
          expect.arrayContaining([
            { Key: 'environment', Value: 'test' },
            { Key: 'managed-by', Value: 'cdk' },
            { Key: 'project', Value: 'portcullis' },
          ]),
        );
      }
    }
  });

  it('keeps logs for three months, in groups of its own', () => {
    const groups = stacksOf(deployment).flatMap((stack) => ofType(stack, 'AWS::Logs::LogGroup'));
    expect(groups.length).toBeGreaterThan(8);
    for (const { Properties } of groups) expect(Properties['RetentionInDays']).toBe(90);
  });

  it('can be deployed after those it takes values from, in one order', () => {
    const { data, pipeline, people, scanners, events, observability } = deployment;
    expect(pipeline.dependencies).toEqual([data]);
    expect(people.dependencies).toEqual(expect.arrayContaining([data, pipeline]));
    expect(scanners.dependencies).toEqual(expect.arrayContaining([data, pipeline]));
    expect(events.dependencies).toEqual(expect.arrayContaining([data, pipeline]));
    expect(observability.dependencies).not.toContain(undefined);
    for (const stack of [data, pipeline, people, scanners, events])
      expect(stack.dependencies).not.toContain(observability);
  });

  it('has fewer than half of the 500 resources that CloudFormation takes', () => {
    for (const stack of stacksOf(deployment)) {
      expect(Object.keys(Template.fromStack(stack).toJSON()['Resources'] as object).length).toBeLessThan(250);
    }
  });
});
