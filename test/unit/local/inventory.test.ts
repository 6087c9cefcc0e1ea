import { beforeEach, describe, expect, it } from 'vitest';
import { AccessDenied } from '../../../core/errors.ts';
import type { BasePorts } from '../../../core/ports/base-ports.ts';
import { localInventory } from '../../../local/machine/inventory.ts';
import { aCloudNetwork, anInterface } from '../../builders/cloud-network.ts';
import { CloudWorld, PUBLIC } from '../../support/stages/cloud-world.ts';

const MEMBER = { account: '333333333333', region: 'us-east-1' };
const START = '2026-03-01T09:00:00.000Z';
const MEMBER_ADDRESS = '52.95.110.99';
const REFUSED = 'arn:aws:iam::333333333333:role/read could not be assumed: sts:AssumeRole was refused';

let world: CloudWorld;
let refused: string | null;

beforeEach(() => {
  world = new CloudWorld();
  world.settings = { ...world.settings, targets: [] };
  world.places.push(MEMBER);
  const ipv4 = [{ private: '10.0.0.9', public: MEMBER_ADDRESS, primary: true }];
  world.networks.push(aCloudNetwork({ ...MEMBER, interfaces: [anInterface({ id: 'eni-9', ipv4 })] }));
  refused = REFUSED;
  world.beforeRead = async ({ account }) => {
    if (refused !== null && account === MEMBER.account) throw new AccessDenied(refused);
  };
});

function open(over: object = {}) {
  const aws = { reader: world.reader, firewall: world.ports.firewall, access: [], stop: () => undefined };
  return localInventory(
    { ...world.cloudPorts(), ...over } as unknown as BasePorts,
    { list: async () => [] },
    aws as unknown as Parameters<typeof localInventory>[2],
  );
}

const addresses = async (inventory: ReturnType<typeof open>) =>
  (await inventory.watched()).map(({ address }) => address).sort();
const told = () => world.logged.filter(({ message }) => message.includes('account'));

describe('the inventory on one machine', () => {
  it('tells of an account that cannot be read when that begins and when it ends, however often it looks', async () => {
    const inventory = open();
    for (let round = 0; round < 3; round += 1) {
      await inventory.run();
      world.later(600_000);
    }
    const where = { account: '333333333333', region: 'us-east-1' };
    expect(told()).toEqual([
      {
        message: 'an account is not read; its last known addresses stay',
        fields: { ...where, since: START, reason: REFUSED },
      },
    ]);
    expect(inventory.unread()).toEqual([{ ...where, since: START, reason: REFUSED }]);

    refused = 'another reason';
    await inventory.run();
    expect(inventory.unread()).toEqual([{ ...where, since: START, reason: 'another reason' }]);
    expect(told()).toHaveLength(1);

    refused = null;
    await inventory.run();
    expect(inventory.unread()).toEqual([]);
    expect(told()[1]).toEqual({ message: 'an account is read again', fields: { ...where, since: START } });

    refused = REFUSED;
    await inventory.run();
    expect(told()).toHaveLength(3);
  });

  it('tells of a call that is refused once, while the rest is read', async () => {
    const inventory = open();
    world.change({ unread: ['ec2:DescribeNetworkAcls was refused'] });
    await inventory.run();
    await inventory.run();
    const calls = () => world.logged.filter(({ message }) => message === 'a call to the cloud is refused');
    expect(calls()).toHaveLength(1);
    world.change({ unread: [] });
    await inventory.run();
    world.change({ unread: ['ec2:DescribeNetworkAcls was refused'] });
    await inventory.run();
    expect(calls()).toHaveLength(2);
  });

  it('watches what a read has found at once, and what an unread account had', async () => {
    const inventory = open();
    expect(await addresses(inventory)).toEqual([PUBLIC]);
    refused = null;
    await inventory.run();
    expect(await addresses(inventory)).toEqual([PUBLIC, MEMBER_ADDRESS]);
    refused = REFUSED;
    await inventory.run();
    expect(await addresses(inventory)).toEqual([PUBLIC, MEMBER_ADDRESS]);
  });

  it('fails for whatever else failed, without what is told already', async () => {
    const broken = { ...world.stores.seenEvents, removeExpired: () => Promise.reject(new Error('the table is gone')) };
    await expect(open({ seenEvents: broken }).run()).rejects.toThrow(/^events \(the table is gone\)$/);
  });
});
