import { aclCases } from './acls.ts';
import { addressCases, ipv6Cases } from './addresses.ts';
import type { At } from './build.ts';
import type { Case } from './case.ts';
import { frontCases } from './fronts.ts';
import { groupCases } from './groups.ts';
import { listCases } from './lists.ts';
import { edgeCases, portCases } from './ports.ts';
import { routeCases } from './routes.ts';
import { sourceCases } from './sources.ts';

const tcp = (port: number): At => ({ protocol: 'tcp', port });
const udp = (port: number): At => ({ protocol: 'udp', port });
const [SSH, RDP, MYSQL, POSTGRES, REDIS, SNMP] = [tcp(22), tcp(3389), tcp(3306), tcp(5432), tcp(6379), udp(161)];

/** Every case: topics, each filled in with ports that people really expose. */
export const CORPUS: readonly Case[] = [
  ...[SSH, MYSQL, REDIS, SNMP].flatMap(portCases),
  ...edgeCases('tcp'),
  ...edgeCases('udp'),
  ...[SSH, RDP, SNMP].flatMap(sourceCases),
  ...[SSH, POSTGRES].flatMap(groupCases),
  ...[SSH, REDIS].flatMap(listCases),
  ...[RDP, SNMP].flatMap(addressCases),
  ...[SSH, POSTGRES].flatMap(ipv6Cases),
  ...[SSH, SNMP].flatMap(aclCases),
  ...[SSH, MYSQL].flatMap(routeCases),
  ...[tcp(8080), MYSQL].flatMap(frontCases),
];
