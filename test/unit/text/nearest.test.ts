import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../../core/text/nearest.ts';

describe('the nearest known word', () => {
  const KEYS = ['targets', 'exclude', 'ports', 'cadence', 'rate', 'mode', 'listen', 'owners'];

  it.each([
    ['target', 'targets'],
    ['prots', 'ports'],
    ['Ports', 'ports'],
    ['cadnece', 'cadence'],
    ['exlcuded', 'exclude'],
    ['rat', 'rate'],
    ['mdoe', 'mode'],
  ])('of %s is %s', (word, expected) => {
    expect(nearest(word, KEYS)).toBe(expected);
  });

  it.each(['colour', 'x', '', 'tr', 'verbose'])('does not exist for %j', (word) => {
    expect(nearest(word, KEYS)).toBeUndefined();
  });

  it('is the first of equally near ones', () => {
    expect(nearest('cat', ['bat', 'car', 'hat'])).toBe('bat');
  });

  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['abc', '', 3],
    ['abc', 'abc', 0],
    ['ab', 'ba', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('counts the edits from %j to %j as %i', (a, b, edits) => {
    expect(editDistance(a, b)).toBe(edits);
  });

  it('ends an error message, or says nothing', () => {
    expect(didYouMean('prots', KEYS)).toBe(' Did you mean "ports"?');
    expect(didYouMean('verbose', KEYS)).toBe('');
  });
});
