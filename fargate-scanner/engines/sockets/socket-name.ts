import { AF_INET, AF_INET6 } from './constants.ts';

/** Domain of a socket of each family of addresses. */
export const DOMAIN = { 4: AF_INET, 6: AF_INET6 } as const;
/** Bytes of struct sockaddr_in and sockaddr_in6, and where the address is in them. */
export const NAME_BYTES = { 4: 16, 6: 28 } as const;
export const ADDRESS_AT = { 4: 4, 6: 8 } as const;

/** The socket address of a port. `address`: 4 or 16 bytes; null: any. */
export function socketName(family: 4 | 6, address: Uint8Array | null, port: number): Buffer {
  const name = Buffer.alloc(NAME_BYTES[family]);
  name.writeUInt16LE(DOMAIN[family], 0);
  name.writeUInt16BE(port, 2);
  if (address !== null) name.set(address, ADDRESS_AT[family]);
  return name;
}
