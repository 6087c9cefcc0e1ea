/** A queue message holds 256 KiB (SQS); what is left over is for ids, the engine's name, reasons and texts of the time. */
export const RESULT_BYTES = 240 * 1_024;
/** Of the shard alone, which every part of its result repeats. */
const SHARD_BYTES = 96 * 1_024;
/** Fields of the shard and of the result that do not grow. */
const FIXED_BYTES = 2_048;
/** An address in the shard and its key in `excluded`: 45 + 50. */
const ADDRESS_BYTES = 95;
/** The result of an address without ports, an unknown reason or two and what showed it alive included. */
const ADDRESS_RESULT_BYTES = 530;
/** `65535,` in a port set text. */
const PORT_TEXT_BYTES = 6;
/** `{"port":65535,"reason":"open-then-reset","rttMs":1234.5678901234567,"tries":5},` is 81; the same port in `covered`. */
const PAIR_BYTES = 81 + PORT_TEXT_BYTES;
/** At 500 probes a second to one address a shard then takes four seconds, however many addresses it has. */
const MAX_PORTS = 2_048;
/** Ports that shards leave out because addresses with different ports share a shard: 12 KiB of `excluded`. */
const MAX_LEFT_OUT = 2_048;

export interface ShardLimits {
  /** Address x port pairs of one shard. */
  readonly maxProbesPerShard: number;
  readonly maxAddressesPerShard: number;
}

export interface ShardSize {
  readonly addresses: number;
  readonly ports: number;
  /** Pairs that are probed. */
  readonly pairs: number;
}

/** @throws RangeError for a limit below 1. */
export function assertLimits(limits: ShardLimits): void {
  for (const limit of [limits.maxProbesPerShard, limits.maxAddressesPerShard]) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`a shard cannot have ${limit} probes or addresses`);
  }
}

/**
 * May a shard be this large? The result of any one address then fits a queue message even when every port is open, with the shard, which
 * stays under 100 KiB; a result of several that does not is sent in parts (`core/fingerprints/result-parts.ts`).
 */
export function fits({ addresses, ports, pairs }: ShardSize, limits: ShardLimits): boolean {
  const leftOut = addresses * ports - pairs;
  const bytes = FIXED_BYTES + addresses * ADDRESS_BYTES + (ports + leftOut) * PORT_TEXT_BYTES;
  return (
    pairs <= limits.maxProbesPerShard &&
    addresses <= limits.maxAddressesPerShard &&
    leftOut <= MAX_LEFT_OUT &&
    bytes <= SHARD_BYTES &&
    bytes + ADDRESS_RESULT_BYTES + ports * PAIR_BYTES <= RESULT_BYTES
  );
}

/** Most ports that a shard of one address takes. */
export function mostPorts(limits: ShardLimits): number {
  return Math.min(MAX_PORTS, limits.maxProbesPerShard);
}
