/** The Internet checksum of `bytes` (RFC 1071), to be written where the checksum field was 0; 0 over what has its checksum already. `start`: a sum of what is not in `bytes`. */
export function internetChecksum(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return ~sum & 0xffff;
}

/** The sum of the IPv6 pseudo-header (RFC 8200 8.1) of an ICMPv6 message of `length` bytes, for `internetChecksum`. */
export function pseudoHeaderSum(source: Uint8Array, destination: Uint8Array, length: number): number {
  let sum = length + ICMP6;
  for (const address of [source, destination]) {
    for (let i = 0; i < address.length; i += 2) sum += ((address[i] ?? 0) << 8) | (address[i + 1] ?? 0);
  }
  return sum;
}

/** Protocol number of ICMPv6. */
export const ICMP6 = 58;
