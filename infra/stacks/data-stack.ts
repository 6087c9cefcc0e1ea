import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { EntityTable } from '../constructs/entity-table.ts';
import { EvidenceBucket } from '../constructs/evidence-bucket.ts';

/** What must outlive everything else. */
export class DataStack extends Stack {
  readonly table = new EntityTable(this, 'Entities').table;
  readonly evidence = new EvidenceBucket(this, 'Evidence').bucket;

  constructor(scope: Construct, id: string, props: StackProps) {
    super(scope, id, { ...props, terminationProtection: true });
    new CfnOutput(this, 'TableName', { value: this.table.tableName, description: 'For the runbook and the canary' });
  }
}
