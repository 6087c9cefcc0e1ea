import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { subjectOf } from '../../../adapters/aws/sns-alert-sink.ts';

describe('the subject of an alert', () => {
  it('says severity and title', () => {
    expect(subjectOf({ severity: 'critical', title: 'redis 6379 open at 192.0.2.3' })).toBe(
      '[critical] redis 6379 open at 192.0.2.3',
    );
  });

  it('is always 1-100 printable ASCII characters that do not start with a space', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (title) => {
        expect(subjectOf({ severity: 'low', title })).toMatch(/^[\x21-\x7E][\x20-\x7E]{0,99}$/);
      }),
    );
  });
});
