import { Validations } from 'aws-cdk-lib';
import {
  AclCidr,
  AclTraffic,
  Action,
  GatewayVpcEndpointAwsService,
  IpProtocol,
  NetworkAcl,
  Peer,
  Port,
  Protocol,
  SecurityGroup,
  SubnetType,
  TrafficDirection,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';

/**
 * Ports that Linux gives to outgoing connections unless told otherwise (net.ipv4.ip_local_port_range), and those above them, which the engine
 * that sends SYNs itself holds while it works (fargate-scanner/engines/syn/source-ports.ts).
 */
const REPLY_PORTS = { first: 32_768, last: 65_535 } as const;
/** ICMP and ICMPv6 "destination unreachable", any code: the answer of a closed UDP port, a filter, a smaller MTU. */
const UNREACHABLE = { icmp: 3, icmpv6: 1 } as const;
/** Answers to pings: echo reply and timestamp reply, and the echo reply of ICMPv6. */
const PONG = { icmp: [0, 14], icmpv6: 129 } as const;
/** ICMPv6 "packet too big". */
const TOO_BIG = 2;

/**
 * Where scanners run: public subnets without a NAT gateway, which would track and bill every probe.
 *
 * Security groups track connections, and the table of a task's interface is what limits a scan: when it is full, answers get lost and open
 * ports look filtered (masscan#365). AWS does not track a flow that a rule admits from or to everywhere when a rule of the other direction
 * admits the replies from everywhere to all ports (EC2 user guide, "Untracked connections"). So the group lets everything out and all of TCP
 * and UDP in, and what may come in is decided by the access list of the subnets, which has no state to run out of: only replies, to ports that
 * nobody serves anything on.
 */
export class ScannerNetwork extends Construct {
  readonly vpc: Vpc;
  readonly securityGroup: SecurityGroup;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.vpc = new Vpc(this, 'Vpc', {
      natGateways: 0,
      maxAzs: 2,
      ipProtocol: IpProtocol.DUAL_STACK,
      subnetConfiguration: [{ name: 'scanner', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
      // The function that would do it may edit security groups; nothing of ours uses the default group.
      restrictDefaultSecurityGroup: false,
      // Image layers and the kill switch do not go through the internet.
      gatewayEndpoints: {
        S3: { service: GatewayVpcEndpointAwsService.S3 },
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
      },
    });
    Validations.of(this.vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'A flow log would have one record for every probe, billions a month; what a probe found is recorded as a result.',
    });
    this.#letOnlyRepliesIn();

    this.securityGroup = new SecurityGroup(this, 'Untracked', {
      vpc: this.vpc,
      description: 'Portcullis scanner: untracked both ways; the access list of the subnets lets in replies only',
      allowAllOutbound: true,
      allowAllIpv6Outbound: true,
    });
    const replies = 'Replies, untracked';
    for (const anywhere of [Peer.anyIpv4(), Peer.anyIpv6()]) {
      this.securityGroup.addIngressRule(anywhere, Port.tcpRange(0, 65_535), replies);
      this.securityGroup.addIngressRule(anywhere, Port.udpRange(0, 65_535), replies);
    }
    // Errors about a flow that is not tracked are nobody's related traffic.
    this.securityGroup.addIngressRule(Peer.anyIpv4(), Port.icmpTypeAndCode(UNREACHABLE.icmp, -1), replies);
    this.securityGroup.addIngressRule(Peer.anyIpv6(), icmpv6(UNREACHABLE.icmpv6), replies);
    this.securityGroup.addIngressRule(Peer.anyIpv6(), icmpv6(TOO_BIG), replies);
    for (const rule of ['AwsSolutions-EC23', 'CloudFormation-Validate::W2508']) {
      Validations.of(this.securityGroup).acknowledge({
        id: rule,
        reason:
          'AWS tracks every probe unless replies from everywhere to all ports are admitted here. The access list of the subnets admits replies only, and the task serves nothing.',
      });
    }
  }

  #letOnlyRepliesIn(): void {
    const list = new NetworkAcl(this, 'RepliesOnly', {
      vpc: this.vpc,
      subnetSelection: { subnetType: SubnetType.PUBLIC },
    });
    const replies = AclTraffic.tcpPortRange(REPLY_PORTS.first, REPLY_PORTS.last);
    const datagrams = AclTraffic.udpPortRange(REPLY_PORTS.first, REPLY_PORTS.last);
    const inward: [string, AclCidr, AclTraffic][] = [
      ['Replies', AclCidr.anyIpv4(), replies],
      ['RepliesV6', AclCidr.anyIpv6(), replies],
      ['Unreachable', AclCidr.anyIpv4(), AclTraffic.icmp({ type: UNREACHABLE.icmp, code: -1 })],
      ['UnreachableV6', AclCidr.anyIpv6(), AclTraffic.icmpv6({ type: UNREACHABLE.icmpv6, code: -1 })],
      ['TooBigV6', AclCidr.anyIpv6(), AclTraffic.icmpv6({ type: TOO_BIG, code: -1 })],
      ['Datagrams', AclCidr.anyIpv4(), datagrams],
      ['DatagramsV6', AclCidr.anyIpv6(), datagrams],
      ['EchoReply', AclCidr.anyIpv4(), AclTraffic.icmp({ type: PONG.icmp[0], code: -1 })],
      ['TimestampReply', AclCidr.anyIpv4(), AclTraffic.icmp({ type: PONG.icmp[1], code: -1 })],
      ['EchoReplyV6', AclCidr.anyIpv6(), AclTraffic.icmpv6({ type: PONG.icmpv6, code: -1 })],
    ];
    for (const [i, [name, cidr, traffic]] of inward.entries()) {
      list.addEntry(name, {
        cidr,
        traffic,
        ruleNumber: 100 + 10 * i,
        direction: TrafficDirection.INGRESS,
        ruleAction: Action.ALLOW,
      });
    }
    for (const [name, cidr] of [
      ['Out', AclCidr.anyIpv4()],
      ['OutV6', AclCidr.anyIpv6()],
    ] as const) {
      list.addEntry(name, {
        cidr,
        traffic: AclTraffic.allTraffic(),
        ruleNumber: name === 'Out' ? 100 : 110,
        direction: TrafficDirection.EGRESS,
        ruleAction: Action.ALLOW,
      });
    }
    Validations.of(list).acknowledge({
      id: 'AwsSolutions-VPC3',
      reason: 'It takes the place of the stateful group, which would have to remember every probe; see ScannerNetwork.',
    });
  }
}

function icmpv6(type: number): Port {
  return new Port({
    protocol: Protocol.ICMPV6,
    fromPort: type,
    toPort: -1,
    stringRepresentation: `ICMPv6 type ${type}`,
  });
}
