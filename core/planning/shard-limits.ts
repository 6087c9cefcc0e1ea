/** A queue message holds 256 KiB (SQS); what is left over is for ids, the engine's name, reasons and texts of the time. */
const RESULT_BYTES = 240 * 1_024;
/** Fields of the shard and of the result that do not grow. */
const FIXED_BYTES = 2_048;
/** An address in the shard, its key in `excluded`, and its result without ports: 45 + 50 + 505, an unknown reason or two included. */
const ADDRESS_BYTES = 600;
/** `65535,` in a port set text. */
const PORT_TEXT_BYTES = 6;
/** `{"port":65535,"reason":"open-then-reset","rttMs":1234.5678901234567,"tries":5},` is 81; the same port in `covered`. */
const PAIR_BYTES = 81 + PORT_TEXT_BYTES;
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
 * May a shard be this large? Its result then fits one queue message even when every port is open. The shard alone, which is part
 * of its result, stays under 100 KiB.
 */
export function fits({ addresses, ports, pairs }: ShardSize, limits: ShardLimits): boolean {
  const leftOut = addresses * ports - pairs;
  const bytes = FIXED_BYTES + addresses * ADDRESS_BYTES + pairs * PAIR_BYTES + (ports + leftOut) * PORT_TEXT_BYTES;
  return (
    pairs <= limits.maxProbesPerShard &&
    addresses <= limits.maxAddressesPerShard &&
    leftOut <= MAX_LEFT_OUT &&
    bytes <= RESULT_BYTES
  );
}

/** Most ports that a shard of one address takes. */
export function mostPorts(limits: ShardLimits): number {
  const most = Math.floor((RESULT_BYTES - FIXED_BYTES - ADDRESS_BYTES) / (PAIR_BYTES + PORT_TEXT_BYTES));
  return Math.min(most, limits.maxProbesPerShard);
}
