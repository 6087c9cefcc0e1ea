import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ask } from '../corpus/case.ts';
import type { Placed } from '../moto/materialise.ts';
import { onlyEmulator, runs } from './process.ts';
import type { Box, Said, Tool } from './tool.ts';

const LIMIT_MS = 300_000;
const FAMILIES = ['v4', 'v6'] as const;

/**
 * Cloud Custodian with the policy of its own documentation ("blocking global inbound connections to SSH or RDP": `ingress` with Ports, and Cidr
 * 0.0.0.0/0 or CidrV6 ::/0), narrowed to the protocol, and joined to machines that run, have an address of the family and are in a subnet with
 * an internet gateway. It closes by `remove-permissions: matched`.
 */
export function custodian(bin: string, version: string): Tool {
  const run = async (policies: readonly object[], { url, folder }: Box, step: string): Promise<string> => {
    const [policy, out] = [join(folder, `${step}.json`), join(folder, step)];
    await writeFile(policy, JSON.stringify({ policies }));
    const args = ['-c', 'from c7n.cli import main; main()', 'run', '-s', out, policy, '--cache-period', '0'];
    await runs(join(bin, 'python'), [...args, '--region', 'us-east-1'], { limitMs: LIMIT_MS, env: onlyEmulator(url) });
    return out;
  };
  return {
    name: 'Cloud Custodian',
    version,
    asks: () => true,
    async reachable(placed, box) {
      const [first] = placed;
      if (first === undefined) return new Map();
      const policies = FAMILIES.flatMap((family) => [groupsPolicy(first.case.ask, family), machinesPolicy(family)]);
      const out = await run(policies, box, 'reachable');
      const found = new Map<string, Set<string>>();
      for (const { name } of policies) found.set(name, await idsIn(out, name));
      const said = new Map<Placed, Said>();
      for (const each of placed) {
        const { family } = each.case.ask;
        const groups = found.get(`groups-${family}`);
        // A machine's groups are those of its first interface: that is what EC2 says of instances.
        const names = each.case.world.machines['asked']?.interfaces[0]?.groups ?? [];
        const open = [...each.groups].some(([id, name]) => names.includes(name) && groups?.has(id));
        const reachable = open && found.get(`machines-${family}`)?.has(each.instanceId) === true;
        said.set(each, { reachable, difference: null });
      }
      return said;
    },
    async close(placed, box) {
      const [first] = placed;
      if (first !== undefined)
        await run(
          FAMILIES.map((family) => closePolicy(first.case.ask, family)),
          box,
          'close',
        );
      return new Map();
    },
  };
}

const openTo = ({ protocol, port }: Ask, family: 'v4' | 'v6') => ({
  type: 'ingress',
  IpProtocol: { type: 'value', key: 'IpProtocol', op: 'in', value: [protocol, '-1'] },
  Ports: [port],
  ...(family === 'v4' ? { Cidr: { value: '0.0.0.0/0' } } : { CidrV6: { value: '::/0' } }),
});

const groupsPolicy = (ask: Ask, family: 'v4' | 'v6') => ({
  name: `groups-${family}`,
  resource: 'aws.security-group',
  filters: [openTo(ask, family)],
});

const machinesPolicy = (family: 'v4' | 'v6') => ({
  name: `machines-${family}`,
  resource: 'aws.ec2',
  filters: [
    { 'State.Name': 'running' },
    family === 'v4'
      ? { PublicIpAddress: 'present' }
      : { type: 'value', key: 'length(NetworkInterfaces[].Ipv6Addresses[])', op: 'gt', value: 0 },
    { type: 'subnet', igw: true },
  ],
});

/** Groups of a case carry the tag `close` with the family to be closed. */
const closePolicy = (ask: Ask, family: 'v4' | 'v6') => ({
  name: `close-${family}`,
  resource: 'aws.security-group',
  filters: [{ 'tag:close': family }, openTo(ask, family)],
  actions: [{ type: 'remove-permissions', ingress: 'matched' }],
});

async function idsIn(out: string, policy: string): Promise<Set<string>> {
  const resources = JSON.parse(await readFile(join(out, policy, 'resources.json'), 'utf8')) as {
    GroupId?: string;
    InstanceId?: string;
  }[];
  return new Set(resources.flatMap(({ InstanceId, GroupId }) => InstanceId ?? GroupId ?? []));
}
