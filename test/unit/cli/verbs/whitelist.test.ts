import { describe, expect, it } from 'vitest';
import { aWhitelistEntry } from '../../../builders/whitelist-entry.ts';
import { runFake } from '../../../support/cli/run-fake.ts';

describe('whitelist add', () => {
  it('asks for the canonical network and ports, with an end', async () => {
    const entry = aWhitelistEntry();
    const args = [
      'whitelist',
      'add',
      '192.0.2.0/28',
      '--ports',
      '443,80',
      '--reason',
      'shop',
      '--expires',
      '2999-12-31',
    ];
    const { code, requests } = await runFake(args, { routes: { 'POST /api/whitelist': entry } });
    expect(code).toBe(0);
    expect(requests[0]?.body).toEqual({
      target: '192.0.2.0/28',
      ports: '80,443',
      protocol: 'tcp',
      widestSource: 'internet',
      reason: 'shop',
      owner: null,
      expiresAt: '2999-12-31T23:59:59.999Z',
      by: 'ada',
    });
  });
});
