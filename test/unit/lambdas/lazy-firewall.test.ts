import { expect, it } from 'vitest';
import { NoFirewall } from '../../../adapters/firewall/no-firewall.ts';
import { lazyFirewall } from '../../../lambdas/api/lazy-firewall.ts';

it('a firewall is opened when it is first asked, and once', async () => {
  let opened = 0;
  const firewall = lazyFirewall(async () => {
    opened += 1;
    return new NoFirewall('none');
  });
  expect(opened).toBe(0);
  const [admitted, why] = await Promise.all([
    firewall.admissions('192.0.2.3', 22, 'tcp'),
    firewall.why('192.0.2.3', 22, 'tcp'),
  ]);
  expect(admitted).toMatchObject([{ ruleId: 'unread' }]);
  expect(why).toEqual([]);
  expect(await firewall.capability('192.0.2.3')).toEqual({ able: false, reason: 'none' });
  expect(opened).toBe(1);
});

it('a firewall that could not be opened is told of, and opened at the next question', async () => {
  let fails = true;
  const firewall = lazyFirewall(async () => {
    if (fails) throw new Error('STS does not answer');
    return new NoFirewall('none');
  });
  await expect(firewall.admissions('192.0.2.3', 22, 'tcp')).rejects.toThrow('STS does not answer');
  fails = false;
  expect(await firewall.why('192.0.2.3', 22, 'tcp')).toEqual([]);
});
