import { expect, it } from 'vitest';
import type { Admitted } from '../../../core/exposure/admitted.ts';
import { anAdmitted } from '../../builders/admitted.ts';
import { makeWorld } from '../../support/web/world.ts';

it('GET /api/admitted gives what rules let in, by address or all, and refuses what is no address', async () => {
  const { stores, send } = makeWorld();
  expect(await (await send('GET', '/api/admitted')).json()).toEqual([]);
  for (const address of ['192.0.2.10', '192.0.2.9']) await stores.admitted.save(anAdmitted({ address, version: 0 }));
  const listed = async (query: string) =>
    ((await (await send('GET', `/api/admitted${query}`)).json()) as Admitted[]).map(({ address }) => address);
  expect(await listed('')).toEqual(['192.0.2.9', '192.0.2.10']);
  expect(await listed('?address=192.0.2.10')).toEqual(['192.0.2.10']);
  expect(await listed('?address=198.51.100.1')).toEqual([]);
  expect((await send('GET', '/api/admitted?address=here')).status).toBe(400);
});
