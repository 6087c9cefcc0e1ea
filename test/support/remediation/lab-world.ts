import { ec2CloudReader } from '../../../adapters/aws/ec2/cloud-reader.ts';
import { ec2RuleChanger } from '../../../adapters/aws/ec2/rule-changer.ts';
import { assumedClients } from '../../../adapters/aws/roles.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import type { CloudReader, RuleChanger } from '../../../core/ports/cloud.ts';
import type { RemediationRequest } from '../../../core/remediation/plan.ts';
import { proposeChange } from '../../../core/remediation/propose.ts';
import { SecurityGroupsFirewall } from '../../../core/remediation/security-groups/security-groups-firewall.ts';
import { anAsset } from '../../builders/asset.ts';
import { NOW, ownAccess, PLACE } from '../aws/small-cloud.ts';
import { withoutBackoff } from '../aws/no-backoff.ts';
import { emulatorClientConfig } from '../emulators/client-config.ts';
import { World } from './world.ts';

/** A process of Portcullis as the cloud sees it: the adapters that products use, whose retries do not wait. */
export interface CloudProcess {
  readonly reader: CloudReader;
  readonly changer: RuleChanger;
  destroy(): void;
}

export function cloudProcess(url: string, pageSize = 1_000): CloudProcess {
  const access = [ownAccess()];
  const clock = { now: () => NOW };
  const { credentials } = emulatorClientConfig(url);
  const client = { endpoint: url, credentials };
  const source = assumedClients({ access, region: PLACE.region, clock, sessionName: 'portcullis-lab', client });
  const clientsFor = withoutBackoff(source.clientsFor);
  return {
    reader: ec2CloudReader({ access, clock, clientsFor, pageSize }),
    changer: ec2RuleChanger({ clientsFor, pageSize }),
    destroy: () => source.destroy(),
  };
}

/** An open finding at the address and port, in an account that `cloud` reaches. Waiting passes at once. */
export async function labWorld(
  cloud: CloudProcess,
  at: Pick<Finding, 'address' | 'port'> & Partial<Pick<Finding, 'protocol'>>,
): Promise<World> {
  const world = await World.with({ ...PLACE, ...at, owner: null, ownerEmail: null, admittedBy: [] });
  await world.stores.assets.putAll([anAsset({ ...PLACE, address: at.address, source: 'inventory' })]);
  useCloud(world, cloud);
  return world;
}

/** From now on another process works on the same stores. */
export function useCloud(world: World, { reader, changer }: Pick<CloudProcess, 'reader' | 'changer'>): void {
  world.ports.firewall = new SecurityGroupsFirewall({
    reader,
    changer,
    assets: world.stores.assets,
    clock: world.ports.clock,
    wait: async (ms) => world.later(ms),
    reasonNotToChange: () => null,
  });
}

/** Proposes with leave to split rules of every protocol, and ben approves; resolves to the request that is then on the queue. */
export async function approved(world: World): Promise<RemediationRequest> {
  const { plan, approval } = await proposeChange(world.ports, await world.finding(), 'ana', { allProtocols: true });
  world.later(1_000);
  await world.stores.approvals.decide(approval.id, 'approved', 'ben', world.now);
  world.later(1_000);
  return { action: 'apply', planId: plan.id, approvalId: approval.id, actor: 'ben' };
}
