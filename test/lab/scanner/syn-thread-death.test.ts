import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWith } from '../../support/need.ts';
import { aNetworkLab } from '../../support/scanner/network-lab.ts';
import type { Death, ThreadDeath } from '../../support/scanner/thread-death-child.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/thread-death-child.ts', import.meta.url));

async function die(how: Death): Promise<ThreadDeath> {
  const { places } = aNetworkLab('s');
  return JSON.parse(await places.s.run([process.execPath, CHILD, how])) as ThreadDeath;
}

describeWith(['root', 'ip'], 'a thread of the syn engine that dies in the middle of a scan', () => {
  it('leaves unknown behind and no socket, and the next scan works', async () => {
    expect(await die('terminated')).toEqual({
      stopped: ['127.0.0.1 worker-crashed: the thread ended with code 1'],
      states: ['unknown'],
      complete: false,
      left: 0,
      next: ['closed (ECONNREFUSED)'],
    });
  });

  it('of lack of memory says so', async () => {
    const { stopped, states, complete, next } = await die('out of memory');
    expect(stopped).toEqual([expect.stringMatching(/^127\.0\.0\.1 worker-crashed: .*memory/)]);
    expect([states, complete, next]).toEqual([['unknown'], false, ['closed (ECONNREFUSED)']]);
  });

  it('because nobody reads on leaves no socket behind either', async () => {
    expect(await die('abandoned')).toMatchObject({ left: 0, next: ['closed (ECONNREFUSED)'] });
  });
});
