import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWorthTelling, versionInstant } from '../../../core/emit/worth-telling.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { aFinding } from '../../builders/finding.ts';

describe('what is news to a console', () => {
  it('is every finding it has not seen', () => {
    expect(isWorthTelling(undefined, aFinding())).toBe(true);
  });

  it.each([
    ['status', { status: 'closed' }],
    ['severity', { severity: 'critical' }],
    ['verdict', { verdict: 'unexplained' }],
    ['class', { class: 'risk-port' }],
    ['occurrence', { occurrence: 2 }],
    ['service', { service: null }],
    ['owner', { owner: 'shop' }],
    ['whitelist entry', { whitelistedBy: 'w-1' }],
    ['rules', { admittedBy: [] }],
    ['width of a rule', { admittedBy: [{ ruleId: 'nftables:input', source: '0.0.0.0/0', breadth: 'wide' }] }],
  ] satisfies [string, Partial<Finding>][])('is another %s', (_, over) => {
    expect(isWorthTelling(aFinding(), aFinding(over))).toBe(true);
  });

  it('is not a new version, a new time, or what people were told', () => {
    const later = aFinding({
      version: 9,
      observedAt: '2026-03-01T10:00:00.000Z',
      alertedAt: '2026-03-01T10:00:00.000Z',
      untold: [],
      transition: 3,
    });
    expect(isWorthTelling(aFinding(), later)).toBe(false);
  });
});

describe('the time of a stored version', () => {
  it('is the second of the write and the version as milliseconds', () => {
    expect(versionInstant('2026-03-01T09:00:10.000Z', 42)).toBe('2026-03-01T09:00:10.042Z');
    expect(versionInstant('2026-03-01T09:00:10.999Z', 3_007)).toBe('2026-03-01T09:00:10.007Z');
  });

  it('grows from version to version while time does not go back, except across a multiple of 1,000 within one second', () => {
    expect.hasAssertions();
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1_000_000 }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.integer({ min: 0, max: 3 }),
        (second, version, gap) => {
          fc.pre(gap > 0 || (version + 1) % 1_000 !== 0);
          const at = (seconds: number) => new Date(Date.UTC(2026, 2, 1) + seconds * 1_000).toISOString();
          const earlier = versionInstant(at(second), version);
          expect(versionInstant(at(second + gap), version + 1) > earlier).toBe(true);
        },
      ),
    );
  });
});
