import {
  DescribeVpcBlockPublicAccessExclusionsCommand,
  DescribeVpcBlockPublicAccessOptionsCommand,
  type VpcBlockPublicAccessExclusion,
} from '@aws-sdk/client-ec2';
import type { PublicAccessBlock } from '../../../core/cloud/network.ts';
import { everyPage, MAX_PAGE_SIZE } from './pages.ts';
import type { Reading } from './reading.ts';
import { required } from './rule-translation.ts';

/** An exclusion in any other state, on its way in or out too, may let something in. */
const WITHOUT_EFFECT = new Set(['create-failed', 'delete-complete', 'disable-complete']);

/** What the Region blocks for all its VPCs; null when that is not known. Both answers are needed: a block is only as good as its exclusions. */
export async function readPublicAccessBlock(reading: Reading): Promise<PublicAccessBlock | null> {
  const [mode, exclusions] = await Promise.all([readMode(reading), readExclusions(reading)]);
  return mode === null || exclusions === null ? null : { mode, exclusions };
}

function readMode(reading: Reading): Promise<PublicAccessBlock['mode'] | null> {
  const call = { action: 'ec2:DescribeVpcBlockPublicAccessOptions', resource: 'the public access block' };
  return reading.orElse<PublicAccessBlock['mode'] | null>(call, null, async () => {
    const { ec2 } = reading.clients;
    const answer = await ec2.send(new DescribeVpcBlockPublicAccessOptionsCommand({}));
    return answer.VpcBlockPublicAccessOptions?.InternetGatewayBlockMode ?? 'off';
  });
}

type Exclusion = PublicAccessBlock['exclusions'][number];

function readExclusions(reading: Reading): Promise<Exclusion[] | null> {
  const call = { action: 'ec2:DescribeVpcBlockPublicAccessExclusions', resource: 'the public access block' };
  return reading.orElse<Exclusion[] | null>(call, null, async () => {
    const { ec2 } = reading.clients;
    const MaxResults = reading.pageSize(MAX_PAGE_SIZE);
    const exclusions = await everyPage(async (NextToken) => {
      const page = await ec2.send(new DescribeVpcBlockPublicAccessExclusionsCommand({ MaxResults, NextToken }));
      return [page.VpcBlockPublicAccessExclusions, page.NextToken];
    });
    return exclusions.filter(({ State }) => State === undefined || !WITHOUT_EFFECT.has(State)).map(toExclusion);
  });
}

/** `arn:aws:ec2:eu-west-1:111122223333:subnet/subnet-0abc` */
function toExclusion(exclusion: VpcBlockPublicAccessExclusion): Exclusion {
  const arn = required(exclusion.ResourceArn, 'the resource of an exclusion');
  return {
    resourceId: arn.slice(arn.lastIndexOf('/') + 1),
    mode: required(exclusion.InternetGatewayExclusionMode, `the mode of the exclusion of ${arn}`),
  };
}
