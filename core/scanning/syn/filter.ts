import {
  ANY_BIT,
  AT_LEAST,
  EQUAL,
  type Instruction,
  JUMP,
  LOAD_BYTE,
  LOAD_BYTE_X,
  LOAD_HALF,
  LOAD_HALF_X,
  LOAD_HEADER_X,
  MORE,
  RETURN,
} from '../bpf.ts';

/** Linux: the type of the packet on its link; 0 is one for this machine. Others leave it, are for somebody else, or carry a VLAN's tag. */
const PACKET_TYPE = 0xfffff004;
const FOR_US = 0;

/** Bytes of an answer that are worth copying: IPv6, ICMP, the quoted IPv6 and TCP headers, TCP options. */
export const KEPT = 160;

/**
 * The kernel's filter of a packet socket without link header: TCP to one of our source ports `first` to `last`, and ICMP
 * "unreachable" that quotes TCP from one of them. What has an IPv6 extension header (hop-by-hop, routing, fragment, destination) passes:
 * a filter has no loops to follow them, and they are rare.
 */
export function answersFilter(family: 4 | 6, first: number, last: number): Instruction[] {
  return family === 4 ? filter4(first, last) : filter6(first, last);
}

function filter4(first: number, last: number): Instruction[] {
  return [
    [LOAD_BYTE, 0, 0, PACKET_TYPE],
    [EQUAL, 0, 14, FOR_US],
    [LOAD_HALF, 0, 0, 6],
    // Fragments after the first have no ports.
    [ANY_BIT, 12, 0, 0x1fff],
    [LOAD_HEADER_X, 0, 0, 0],
    [LOAD_BYTE, 0, 0, 9],
    [EQUAL, 0, 2, 6],
    [LOAD_HALF_X, 0, 0, 2],
    [JUMP, 0, 0, 4],
    [EQUAL, 0, 6, 1],
    [LOAD_BYTE_X, 0, 0, 0],
    [EQUAL, 0, 4, 3],
    // Our packets have no IP options: the quote's ports are 28 bytes into ICMP.
    [LOAD_HALF_X, 0, 0, 28],
    [AT_LEAST, 0, 2, first],
    [MORE, 1, 0, last],
    [RETURN, 0, 0, KEPT],
    [RETURN, 0, 0, 0],
  ];
}

function filter6(first: number, last: number): Instruction[] {
  return [
    [LOAD_BYTE, 0, 0, PACKET_TYPE],
    [EQUAL, 0, 15, FOR_US],
    [LOAD_BYTE, 0, 0, 6],
    [EQUAL, 0, 2, 6],
    [LOAD_HALF, 0, 0, 42],
    [JUMP, 0, 0, 8],
    [EQUAL, 9, 0, 0],
    [EQUAL, 8, 0, 43],
    [EQUAL, 7, 0, 44],
    [EQUAL, 6, 0, 60],
    [EQUAL, 0, 6, 58],
    [LOAD_BYTE, 0, 0, 40],
    [EQUAL, 0, 4, 1],
    [LOAD_HALF, 0, 0, 88],
    [AT_LEAST, 0, 2, first],
    [MORE, 1, 0, last],
    [RETURN, 0, 0, KEPT],
    [RETURN, 0, 0, 0],
  ];
}
