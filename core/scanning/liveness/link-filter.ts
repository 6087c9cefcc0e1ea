import { EQUAL, type Instruction, LOAD_BYTE, LOAD_HALF, RETURN } from '../bpf.ts';

/** Ethernet, IPv6, a neighbour advertisement and its option fit. */
export const LINK_KEPT = 128;

/** The kernel's filter (classic BPF) of a packet socket with link header: ARP replies, or neighbour advertisements without extension headers. */
export function linkAnswersFilter(family: 4 | 6): Instruction[] {
  return family === 4 ? ARP_REPLIES : ADVERTISEMENTS;
}

const ARP_REPLIES: Instruction[] = [
  [LOAD_HALF, 0, 0, 12],
  [EQUAL, 0, 3, 0x0806],
  [LOAD_HALF, 0, 0, 20],
  [EQUAL, 0, 1, 2],
  [RETURN, 0, 0, LINK_KEPT],
  [RETURN, 0, 0, 0],
];

const ADVERTISEMENTS: Instruction[] = [
  [LOAD_HALF, 0, 0, 12],
  [EQUAL, 0, 5, 0x86dd],
  [LOAD_BYTE, 0, 0, 20],
  [EQUAL, 0, 3, 58],
  [LOAD_BYTE, 0, 0, 54],
  [EQUAL, 0, 1, 136],
  [RETURN, 0, 0, LINK_KEPT],
  [RETURN, 0, 0, 0],
];
