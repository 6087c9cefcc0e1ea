import { describe, expect, it } from 'vitest';
import { neighbourStateOf } from '../../../../core/scanning/liveness/neighbour-state.ts';

const MAC = Uint8Array.of(2, 0, 0, 0, 0, 9);
const reply = (state: number, { mac = MAC, error = 0 }: { mac?: Uint8Array | null; error?: number } = {}) => ({
  error,
  fixed: Uint8Array.of(2, 0, 0, 0, 3, 0, 0, 0, state, 0, 0, 0),
  attributes: new Map(mac === null ? [] : [[2, mac]]),
});

describe("the kernel's word on a neighbour", () => {
  it('is a proof only where it was confirmed lately', () => {
    expect(neighbourStateOf(reply(0x02))).toEqual({ kind: 'confirmed', mac: MAC });
    expect(neighbourStateOf(reply(0x02, { mac: null }))).toEqual({ kind: 'nothing' });
  });

  it.each([
    ['INCOMPLETE', 0x01, 'asking'],
    ['STALE', 0x04, 'asking'],
    ['DELAY', 0x08, 'asking'],
    ['PROBE', 0x10, 'asking'],
    ['FAILED', 0x20, 'nothing'],
    ['NOARP', 0x40, 'given'],
    ['PERMANENT', 0x80, 'given'],
  ])('%s is no proof', (_name, state, kind) => {
    expect(neighbourStateOf(reply(state))).toEqual({ kind });
  });

  it('is nothing when it has none', () => {
    expect(neighbourStateOf(reply(0x02, { error: 2 }))).toEqual({ kind: 'nothing' });
  });
});
