import type { CloudNetwork, NetworkInterface, SecurityGroup } from '../../cloud/network.ts';
import type { Finding } from '../../findings/finding.ts';
import { endpoint } from '../../net/address.ts';
import type { Affected } from '../plan.ts';

/** Interfaces named one by one; the rest is a number. */
const NAMED = 10;

/** Who else loses the port when rules of these groups change: clients, and every other interface that has one of the groups. */
export function affectedByRules(
  network: CloudNetwork,
  own: NetworkInterface,
  groupIds: ReadonlySet<string>,
  finding: Pick<Finding, 'address' | 'port' | 'protocol'>,
): Affected[] {
  const where = endpoint(finding.address, finding.port, finding.protocol);
  const clients: Affected = {
    what: `every client of ${where} on the public internet`,
    why: 'is let in no longer, nor is whoever inside had only a rule for everybody; private networks and groups with a rule of their own still are',
  };
  const others = network.interfaces.filter(
    (other) => other.id !== own.id && other.groupIds.some((id) => groupIds.has(id)),
  );
  const named = others.slice(0, NAMED).map((other) => ({
    what: nameOf(other),
    why: `has ${other.groupIds.filter((id) => groupIds.has(id)).join(', ')} too: port ${finding.port} is closed there as well`,
  }));
  const rest = others.length - named.length;
  const more = rest > 0 ? [{ what: `${rest} more network interfaces`, why: 'have one of these groups too' }] : [];
  return [clients, ...named, ...more, ...behindListeners(network, own, finding.port), ...managed(network, groupIds)];
}

function nameOf({ id, instanceId, tags, ipv4, description }: NetworkInterface): string {
  const addresses = ipv4.flatMap((each) => each.public ?? []).join(', ');
  const parts = [tags['Name'], instanceId, addresses, description].filter((part) => part);
  return parts.length === 0 ? id : `${id} (${parts.join(', ')})`;
}

/** A load balancer that keeps the client's address needs the public sources in the target's own groups. */
function behindListeners(network: CloudNetwork, own: NetworkInterface, port: number): Affected[] {
  const ids = new Set([own.instanceId, ...own.ipv4.map((each) => each.private), ...own.ipv6]);
  return network.loadBalancers.flatMap((balancer) =>
    balancer.listeners
      .filter(({ targets }) => targets.some((it) => it.preservesClientIp && it.port === port && ids.has(it.id)))
      .map((listener) => ({
        what: `${balancer.name}, port ${listener.port} (${balancer.dnsName})`,
        why: `hands its clients to port ${port} of ${own.id} under their own addresses: it stops working for them`,
      })),
  );
}

function managed({ groups }: CloudNetwork, groupIds: ReadonlySet<string>): Affected[] {
  return groups
    .filter(({ id }) => groupIds.has(id))
    .flatMap((group) => {
      const template = templateOf(group);
      return template === null
        ? []
        : [
            {
              what: template,
              why: `manages ${group.id}: the rule comes back with its next run unless it is changed there`,
            },
          ];
    });
}

/** Tags that CloudFormation sets by itself, and those that Terraform users commonly set. */
function templateOf({ tags }: SecurityGroup): string | null {
  const stack = tags['aws:cloudformation:stack-name'];
  if (stack !== undefined) return `CloudFormation stack ${stack}`;
  const key = Object.keys(tags).find((name) => /^terraform/i.test(name) || /terraform/i.test(tags[name] ?? ''));
  return key === undefined ? null : `Terraform (tag ${key})`;
}
