/** One instruction of classic BPF: code, jump if true, jump if false, value. Jumps count instructions from the next one on. */
export type Instruction = readonly [code: number, yes: number, no: number, k: number];

/** Codes of instructions (linux/bpf_common.h): what is loaded, compared or returned. `X`: the offset counts from register X on. */
export const LOAD_BYTE = 0x30;
export const LOAD_HALF = 0x28;
export const LOAD_BYTE_X = 0x50;
export const LOAD_HALF_X = 0x48;
/** X becomes the length of the IPv4 header at the offset (bytes). */
export const LOAD_HEADER_X = 0xb1;
export const EQUAL = 0x15;
export const AT_LEAST = 0x35;
export const MORE = 0x25;
export const ANY_BIT = 0x45;
export const JUMP = 0x05;
/** Bytes of the packet to keep; 0: it is dropped. */
export const RETURN = 0x06;
