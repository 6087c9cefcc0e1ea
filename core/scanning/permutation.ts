const ROUNDS = 4;

/**
 * A pseudo-random order of 0..size-1: maps each index to one value, every value once, without storing the list.
 * A balanced Feistel network over the next power of four with cycle walking (Black and Rogaway 2002, as masscan's "blackrock").
 * The same size and seed give the same order on every machine. `size` at most 2^30.
 */
export function permutation(size: number, seed: number): (index: number) => number {
  if (size <= 1) return (index) => index;
  let halfBits = 1;
  while (4 ** halfBits < size) halfBits += 1;
  const mask = 2 ** halfBits - 1;
  const keys = Array.from({ length: ROUNDS }, (_, round) => mix(seed + Math.imul(round + 1, 0x9e3779b9)));
  return (index) => {
    let value = index;
    do {
      let left = value >>> halfBits;
      let right = value & mask;
      for (const key of keys) {
        const before = right;
        right = left ^ (mix(before + key) & mask);
        left = before;
      }
      value = (left << halfBits) | right;
    } while (value >= size);
    return value;
  };
}

/** The same order as a list, for those who walk it many times: 128 KiB for all ports. `size` at most 65,536. */
export function orderOf(size: number, seed: number): Uint16Array {
  const at = permutation(size, seed);
  const order = new Uint16Array(size);
  for (let index = 0; index < size; index += 1) order[index] = at(index);
  return order;
}

/** The seed of a shard's order: FNV-1a, 32 bits, of its id, so that the id is all that must be stored to repeat the order. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The 32-bit finaliser of MurmurHash3. */
function mix(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
