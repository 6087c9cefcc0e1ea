import { CreateSubnetCommand, type EC2Client } from '@aws-sdk/client-ec2';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateTargetGroupCommand,
  type ElasticLoadBalancingV2Client,
  RegisterTargetsCommand,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Balancer } from '../corpus/world.ts';
import { idOf, known, type Vpc } from './vpc.ts';

export interface BalancerRequest {
  readonly balancer: Balancer;
  readonly vpc: Vpc;
  readonly groups: ReadonlyMap<string, string>;
  readonly instanceId: string;
  readonly slot: number;
}

/** One listener that forwards to the instance. */
export async function makeBalancer(
  ec2: EC2Client,
  elb: ElasticLoadBalancingV2Client,
  { balancer, vpc, groups, instanceId, slot }: BalancerRequest,
): Promise<void> {
  const isApplication = balancer.kind === 'application';
  // An application load balancer needs two zones.
  const { Subnet } = await ec2.send(
    new CreateSubnetCommand({ VpcId: vpc.id, CidrBlock: `10.${slot}.200.0/24`, AvailabilityZone: 'us-east-1b' }),
  );
  const { LoadBalancers } = await elb.send(
    new CreateLoadBalancerCommand({
      Name: `front-${slot}`,
      Type: balancer.kind,
      Scheme: balancer.internetFacing ? 'internet-facing' : 'internal',
      Subnets: [idOf(vpc.subnets, 'public'), known(Subnet?.SubnetId, 'a subnet')],
      SecurityGroups: balancer.groups.map((name) => idOf(groups, name)),
    }),
  );
  const { TargetGroups } = await elb.send(
    new CreateTargetGroupCommand({
      Name: `targets-${slot}`,
      Protocol: isApplication ? 'HTTP' : 'TCP',
      Port: balancer.targetPort,
      VpcId: vpc.id,
      TargetType: 'instance',
    }),
  );
  const TargetGroupArn = known(TargetGroups?.[0]?.TargetGroupArn, 'a target group');
  await elb.send(
    new RegisterTargetsCommand({ TargetGroupArn, Targets: [{ Id: instanceId, Port: balancer.targetPort }] }),
  );
  await elb.send(
    new CreateListenerCommand({
      LoadBalancerArn: LoadBalancers?.[0]?.LoadBalancerArn,
      Protocol: isApplication ? 'HTTP' : 'TCP',
      Port: balancer.outsidePort,
      DefaultActions: [{ Type: 'forward', TargetGroupArn }],
    }),
  );
}
