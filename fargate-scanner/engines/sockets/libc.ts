import { createRequire } from 'node:module';
import type Koffi from 'koffi';

const load = createRequire(import.meta.url);

/** Of the C library what the engine calls. Each returns what C does; `errno` after -1. */
export interface Libc {
  socket(family: number, type: number, protocol: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  send(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  recv(fd: number, bytes: Uint8Array, length: number, flags: number): number;
  sendmmsg(fd: number, headers: Uint8Array, count: number, flags: number): number;
  recvmmsg(fd: number, headers: Uint8Array, count: number, flags: number, timeout: null): number;
  poll(fds: Uint8Array, count: number, timeoutMs: number): number;
  close(fd: number): number;
  errno(): number;
  /** Where a buffer lies in memory. It must be kept as long as the address is used. */
  addressOf(bytes: Uint8Array): bigint;
}

/** koffi, when it is first needed: where it has no build for the machine everything else works. @throws there */
export function loadKoffi(): typeof Koffi {
  return load('koffi') as typeof Koffi;
}

/** @throws when there is no C library with these functions: not Linux, or koffi has no build for this machine. */
export function loadLibc(): Libc {
  const koffi = loadKoffi();
  const library = koffi.load('libc.so.6');
  return {
    socket: library.func('int socket(int, int, int)'),
    setsockopt: library.func('int setsockopt(int, int, int, void*, uint32_t)'),
    getsockopt: library.func('int getsockopt(int, int, int, void*, void*)'),
    bind: library.func('int bind(int, void*, uint32_t)'),
    send: library.func('intptr_t send(int, void*, size_t, int)'),
    recv: library.func('intptr_t recv(int, void*, size_t, int)'),
    sendmmsg: library.func('int sendmmsg(int, void*, uint32_t, int)'),
    recvmmsg: library.func('int recvmmsg(int, void*, uint32_t, int, void*)'),
    poll: library.func('int poll(void*, unsigned long, int)'),
    close: library.func('int close(int)'),
    errno: () => koffi.errno(),
    addressOf: (bytes) => koffi.address(bytes),
  };
}
