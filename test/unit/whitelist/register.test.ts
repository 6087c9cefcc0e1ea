import { describe, expect, it } from 'vitest';
import { BadInput, Refused } from '../../../core/errors.ts';
import {
  approveEntry,
  rejectEntry,
  removeEntry,
  requestEntry,
  type WhitelistInput,
} from '../../../core/whitelist/register.ts';
import { aWhitelistEntry } from '../../builders/whitelist-entry.ts';

const NOW = '2026-03-01T09:00:00.000Z';
const INPUT: WhitelistInput = {
  target: '192.0.2.0/28',
  ports: '443,80',
  reason: ' the shop ',
  expiresAt: '2026-06-01T00:00:00Z',
};

const request = (over: Partial<WhitelistInput> = {}) => requestEntry({ ...INPUT, ...over }, 'ana', NOW, 'w-1');

describe('a request', () => {
  it('becomes an entry in canonical text that permits nothing yet', () => {
    expect(request()).toEqual({
      id: 'w-1',
      version: 0,
      target: '192.0.2.0/28',
      protocol: 'tcp',
      ports: '80,443',
      widestSource: 'internet',
      reason: 'the shop',
      owner: null,
      state: 'requested',
      requestedBy: 'ana',
      requestedAt: '2026-03-01T09:00:00.000Z',
      decidedBy: null,
      decidedAt: null,
      expiresAt: '2026-06-01T00:00:00.000Z',
    });
  });

  it('takes an address, a port list name, a day and a zone', () => {
    expect(request({ target: '2001:DB8::0010' }).target).toBe('2001:db8::10');
    expect(request({ ports: 'all' }).ports).toBe('1-65535');
    expect(request({ expiresAt: '2026-06-01' }).expiresAt).toBe('2026-06-01T00:00:00.000Z');
    expect(request({ expiresAt: '2026-06-01T02:00+02:00' }).expiresAt).toBe('2026-06-01T00:00:00.000Z');
  });

  it('may last exactly 365 days', () => {
    expect(request({ expiresAt: '2027-03-01T09:00:00Z' }).expiresAt).toBe('2027-03-01T09:00:00.000Z');
  });

  it.each<[Partial<WhitelistInput>, RegExp]>([
    [{ target: '192.0.2.3/28' }, /"192\.0\.2\.3\/28" is an address inside a network: write 192\.0\.2\.0\/28/],
    [{ target: 'example.com' }, /"example\.com" is not an address/],
    [{ target: '192.0.2.1-192.0.2.6' }, /"192\.0\.2\.1-192\.0\.2\.6" is not one network/],
    [{ target: '' }, /is not an address/],
    [{ ports: '' }, /list of ports is empty/],
    [{ ports: '0' }, /Port 0 does not exist/],
    [{ ports: '70000' }, /Port 70000 does not exist/],
    [{ protocol: 'icmp' }, /Protocol "icmp" is not known: write tcp, udp or any/],
    [{ widestSource: 'world' }, /Widest source "world" is not known: write host, private, .*wide or internet/],
    [{ reason: '  ' }, /The reason is empty/],
    [{ reason: 'x'.repeat(1_001) }, /1001 characters: at most 1000/],
    [{ expiresAt: 'never' }, /Expiry "never" is not a moment/],
    [{ expiresAt: '2026-06-01T00:00:00' }, /is not a moment/],
    [{ expiresAt: '2026-13-01' }, /is not a moment/],
    [{ expiresAt: '2026-03-01T09:00:00Z' }, /is not in the future/],
    [{ expiresAt: '2027-03-01T09:00:00.001Z' }, /at most 365 days, which is 2027-03-01T09:00:00\.000Z/],
  ])('%j is refused with what is allowed', (over, message) => {
    expect(() => request(over)).toThrow(BadInput);
    expect(() => request(over)).toThrow(message);
  });

  it('needs to know who asks', () => {
    expect(() => requestEntry(INPUT, ' ', NOW, 'w-1')).toThrow(BadInput);
  });
});

describe('a decision', () => {
  const requested = aWhitelistEntry({ state: 'requested', decidedBy: null, decidedAt: null });

  it('is recorded with who and when, also by the person who asked', () => {
    const decided = { decidedBy: 'ana', decidedAt: NOW };
    expect(approveEntry(requested, 'ana', NOW)).toEqual({ ...requested, state: 'approved', ...decided });
    expect(rejectEntry(requested, 'ana', NOW)).toEqual({ ...requested, state: 'rejected', ...decided });
    expect(removeEntry(requested, 'ana', NOW)).toEqual({ ...requested, state: 'removed', ...decided });
  });

  it('can remove an approved entry', () => {
    expect(removeEntry(aWhitelistEntry(), 'ana', NOW)).toMatchObject({ state: 'removed', decidedBy: 'ana' });
  });

  it.each([
    ['approve', approveEntry, 'approved'],
    ['approve', approveEntry, 'rejected'],
    ['approve', approveEntry, 'removed'],
    ['reject', rejectEntry, 'approved'],
    ['reject', rejectEntry, 'removed'],
    ['remove', removeEntry, 'rejected'],
    ['remove', removeEntry, 'removed'],
  ] as const)('cannot %s an entry that is already decided (%s %s)', (_, act, state) => {
    const refused = () => act(aWhitelistEntry({ state }), 'ana', NOW);
    expect(refused).toThrow(Refused);
    expect(refused).toThrow(`was ${state} by ben at 2026-03-01T08:30:00.000Z`);
  });

  it('cannot approve what has expired meanwhile', () => {
    expect(() => approveEntry({ ...requested, expiresAt: NOW }, 'ana', NOW)).toThrow(/expired at/);
  });
});
