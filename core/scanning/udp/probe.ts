/** Bytes of a token: as much as any of the protocols repeats in its answer. */
export const TOKEN_BYTES = 16;

/** Longest part of a datagram that is read: of a longer one the rest is cut off. */
export const MOST_READ = 2_048;

/** How one protocol is asked over UDP whether it is there, without changing anything on the other side. */
export interface UdpProbe {
  readonly port: number;
  readonly service: string;
  /** Where question and answer are laid down. */
  readonly source: string;
  /** True: a right answer repeats (part of) the token. False: the protocol has nothing that is repeated. */
  readonly repeats: boolean;
  /** True: the answer comes from a port that the server chooses (TFTP). */
  readonly otherPort: boolean;
  /** The question. `token`: `TOKEN_BYTES` bytes that only this address and port are told. `address`: the 4 or 16 bytes of who is asked. */
  request(token: Uint8Array, address: Uint8Array): Uint8Array;
  /** Whether `datagram` answers the question with this token. False for anything else; never throws, whatever is in it. */
  answers(datagram: Uint8Array, token: Uint8Array): boolean;
}
