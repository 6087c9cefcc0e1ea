import { expect, it } from 'vitest';
import { udpEngine } from '../../../fargate-scanner/engines/udp/udp-engine.ts';
import { describeWith } from '../../support/need.ts';
import { aJob, collect } from '../../support/scanner/engine.ts';
import { LOOPBACK_UDP } from '../../support/scanner/loopback-place.ts';
import { aUdpResponder } from '../../support/scanner/udp.ts';
import { engineContract } from './engine.contract.ts';

describeWith(['linux'], 'the udp engine', () => {
  engineContract(() => udpEngine(), LOOPBACK_UDP);

  it('stops a host that answers on everything, and says so', async () => {
    const responders = await Promise.all(Array.from({ length: 700 }, () => aUdpResponder('127.9.8.6')));
    const { events, seen } = await collect(
      udpEngine(),
      aJob(responders.map(({ port }) => port).join(','), { address: '127.9.8.6', rate: 500 }),
    );
    const stopped = events.find(({ kind }) => kind === 'stopped');
    expect(stopped).toMatchObject({ address: '127.9.8.6', reason: expect.stringMatching(/^everything-open: /) });
    expect(seen.length).toBeLessThan(700);
    expect(seen.filter(({ state }) => state !== 'open')).toEqual([]);
  });

  it('leaves nothing behind when nobody listens to it any more', async () => {
    for await (const event of udpEngine().scan(aJob('1-20000', { rate: 200 }), new AbortController().signal)) {
      if (event.kind === 'observations') break;
    }
    const { port } = await aUdpResponder();
    const { stateOf } = await collect(udpEngine(), aJob(String(port)));
    expect(stateOf(port)).toBe('open');
  });
});
