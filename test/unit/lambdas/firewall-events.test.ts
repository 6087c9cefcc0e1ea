import { beforeEach, describe, expect, it } from 'vitest';
import type { DeadLetters } from '../../../core/ports/dead-letters.ts';
import { makeFirewallEventsFunction } from '../../../lambdas/firewall-events/function.ts';
import { aCallEvent, aStateEvent } from '../../builders/cloud-event.ts';
import { aGroup } from '../../builders/cloud-network.ts';
import { anSqsEvent } from '../../builders/sqs-event.ts';
import { CloudWorld, eni, PLACE, PUBLIC } from '../../support/stages/cloud-world.ts';

/** The group of `aCallEvent`. */
const GROUP = 'sg-0aaaaaaaaaaaaaaaa';

let world: CloudWorld;
let letters: Parameters<DeadLetters['keep']>[0][];

beforeEach(async () => {
  world = new CloudWorld();
  letters = [];
  world.change({ interfaces: [eni(1, { groupIds: [GROUP] })], groups: [aGroup({ id: GROUP, rules: [] })] });
  await world.inventory();
  world.change({ groups: [aGroup({ id: GROUP })] });
});

function handle(bodies: string[], over: object = {}) {
  const deadLetters = { keep: async (letter: (typeof letters)[number]) => void letters.push(letter) };
  return makeFirewallEventsFunction(world.cloudPorts(over), deadLetters)(anSqsEvent(...bodies));
}

const here = (eventID: string, over: Record<string, unknown> = {}) =>
  JSON.stringify(
    aCallEvent(
      { eventID, recipientAccountId: PLACE.account, awsRegion: PLACE.region, ...over },
      { account: PLACE.account },
    ),
  );

describe('the function behind the queue of events', () => {
  it('takes what EventBridge delivers, and answers for each message by itself', async () => {
    world.beforeRead = async ({ account }) => {
      if (account !== PLACE.account) throw new Error('throttled');
    };
    const other = { account: '999900001111', region: PLACE.region };
    world.places.push(other);
    const answer = await handle([
      here('e-1'),
      '{"not": "an event"}',
      'no JSON',
      here('e-2', { recipientAccountId: other.account }),
      here('e-3', { errorCode: 'Client.UnauthorizedOperation' }),
      JSON.stringify(aStateEvent('i-0123456789abcdef0', 'stopping')),
    ]);
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'm3' }] });
    expect(letters.map(({ messageId, reason }) => [messageId, reason])).toEqual([
      ['m1', expect.stringMatching(/^not an event that can be read: id: /) as unknown],
      ['m2', 'the body is not JSON'],
    ]);
    expect(world.probed()).toEqual([`${PUBLIC}:22!`]);
  });

  it('retries everything, and keeps nothing as poison, when the table is down', async () => {
    const seenEvents = { seen: () => Promise.reject(new Error('table down')) };
    expect(await handle([here('e-1')], { seenEvents })).toEqual({ batchItemFailures: [{ itemIdentifier: 'm0' }] });
    expect(letters).toEqual([]);
  });
});
