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

/**
 * How many ports and addresses one shard takes, so that no shard has more pairs than asked for and its result fits one queue
 * message even when every port is open. The shard alone, which is part of its result, then stays under 100 KiB.
 * @throws RangeError for a limit below 1.
 */
export function shardLimits(
  portCount: number,
  most: { maxProbesPerShard: number; maxAddressesPerShard: number },
): { ports: number; addresses: number } {
  for (const limit of [portCount, most.maxProbesPerShard, most.maxAddressesPerShard]) {
    if (!Number.isInteger(limit) || limit < 1)
      throw new RangeError(`a shard cannot have ${limit} ports, probes or addresses`);
  }
  const fits = Math.floor((RESULT_BYTES - FIXED_BYTES - ADDRESS_BYTES) / (PAIR_BYTES + PORT_TEXT_BYTES));
  const largest = Math.min(portCount, most.maxProbesPerShard, fits);
  const parts = Math.ceil(portCount / largest);
  const ports = Math.ceil(portCount / parts);
  const perAddress = ADDRESS_BYTES + ports * PAIR_BYTES;
  const addresses = Math.min(
    most.maxAddressesPerShard,
    Math.floor(most.maxProbesPerShard / ports),
    Math.floor((RESULT_BYTES - FIXED_BYTES - ports * PORT_TEXT_BYTES) / perAddress),
  );
  return { ports, addresses: Math.max(1, addresses) };
}
