import { describe, expect, it } from 'vitest';
import { OwnerDirectory } from '../../../core/assets/owners.ts';
import { BadInput } from '../../../core/errors.ts';

const rule = (match: string, owner: string, email: string | null = null) => ({ match, owner, email });

describe('the owner of an address', () => {
  const directory = new OwnerDirectory([
    rule('192.0.2.0/24', 'network'),
    rule('192.0.2.0/28', 'payments', 'payments@example.com'),
    rule('192.0.2.3', 'alice'),
    rule('192.0.2.4-6', 'batch'),
    rule('192.0.2.4/31', 'edge'),
    rule('192.0.2.0/28', 'too late'),
    rule('2001:db8::/32', 'six'),
    rule('2001:db8::/64', 'lab'),
  ]);

  it.each([
    ['192.0.2.3', 'alice'],
    ['192.0.2.2', 'payments'],
    ['192.0.2.4', 'edge'],
    ['192.0.2.6', 'batch'],
    ['192.0.2.16', 'network'],
    ['2001:db8::1', 'lab'],
    ['2001:db8:1::1', 'six'],
    ['::ffff:192.0.2.3', 'alice'],
  ])('%s is by the narrowest rule %s', (address, owner) => {
    expect(directory.ownerOf(address)?.owner).toBe(owner);
  });

  it('comes with the e-mail address of its rule', () => {
    expect(directory.ownerOf('192.0.2.2')).toEqual({ owner: 'payments', email: 'payments@example.com' });
    expect(directory.ownerOf('192.0.2.3')).toEqual({ owner: 'alice', email: null });
  });

  it('is nobody when no rule matches', () => {
    expect(directory.ownerOf('192.0.3.1')).toBeNull();
    expect(new OwnerDirectory([]).ownerOf('192.0.2.3')).toBeNull();
  });

  it('cannot be told by a rule that matches nothing real', () => {
    expect(() => new OwnerDirectory([rule('payments-net', 'x')])).toThrow(BadInput);
  });
});
