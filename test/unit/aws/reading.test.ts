import { describe, expect, it } from 'vitest';
import { Reading } from '../../../adapters/aws/ec2/reading.ts';
import { assumedClients } from '../../../adapters/aws/roles.ts';
import { BadInput } from '../../../core/errors.ts';

const place = { account: '123456789012', region: 'eu-nowhere-9' };
const CALL = { action: 'ec2:DescribeVpcs', resource: 'VPCs' };

function aReading(): Reading {
  const access = [{ ...place, regions: [place.region], readRole: null, writeRole: null, externalId: null }];
  const clock = { now: () => '2026-03-01T09:00:00.000Z' };
  const { clientsFor } = assumedClients({ access, region: 'eu-west-1', clock, sessionName: 'test' });
  return new Reading({ place, clients: clientsFor(place, 'read'), pageSize: 1_000 });
}

function failing(error: Error): () => Promise<never> {
  return async () => {
    throw error;
  };
}

describe('an error while a place is read', () => {
  it('a Region whose name does not resolve is asked about', async () => {
    const cause = Object.assign(new Error('getaddrinfo ENOTFOUND ec2.eu-nowhere-9.amazonaws.com'), {
      code: 'ENOTFOUND',
    });
    for (const ask of [aReading().must(CALL, failing(cause)), aReading().may(CALL, failing(cause))]) {
      await expect(ask).rejects.toMatchObject({
        message: 'ec2:DescribeVpcs failed in account 123456789012 in eu-nowhere-9. Is there a Region eu-nowhere-9?',
        cause,
      });
    }
  });

  it('only a refusal lets a read go on, and it is said once however often it happens', async () => {
    const reading = aReading();
    const refused = Object.assign(new Error('no'), { name: 'UnauthorizedOperation' });
    expect(await reading.may(CALL, failing(refused))).toEqual([]);
    expect(await reading.orElse(CALL, 'unknown', failing(refused))).toBe('unknown');
    expect(reading.unread).toEqual([
      "ec2:DescribeVpcs on VPCs of account 123456789012 in eu-nowhere-9 was refused to Portcullis's own role (UnauthorizedOperation).",
    ]);
    await expect(reading.may(CALL, failing(new Error('odd')))).rejects.toThrow('ec2:DescribeVpcs failed');
  });

  it('what Portcullis itself says passes as it is', async () => {
    const own = new BadInput('no such place');
    await expect(aReading().may(CALL, failing(own))).rejects.toBe(own);
  });
});
