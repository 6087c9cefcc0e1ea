import type { Libc } from './libc.ts';

/** More than one scan opens: a source port for each pass and family, receivers, lanes, rtnetlink. */
const MOST = 512;

/** Which sockets a thread has open, where another thread can read it: file descriptors, 0 is a free place. */
export function socketList(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(MOST * Int32Array.BYTES_PER_ELEMENT));
}

/** The same calls, keeping the list. A socket that finds no place in it is not listed. */
export function listing(libc: Libc, open: Int32Array): Libc {
  return {
    ...libc,
    socket(family, type, protocol) {
      const fd = libc.socket(family, type, protocol);
      const place = fd > 0 ? open.indexOf(0) : -1;
      if (place !== -1) Atomics.store(open, place, fd);
      return fd;
    },
    close(fd) {
      const place = open.indexOf(fd);
      if (place !== -1) Atomics.store(open, place, 0);
      return libc.close(fd);
    },
  };
}

/** Closes what a thread that is gone has left open: the system does so for processes only, and answers would pile up there. */
export function closeLeft(libc: Pick<Libc, 'close'>, open: Int32Array): void {
  for (const [place, fd] of open.entries()) {
    if (fd === 0) continue;
    open[place] = 0;
    libc.close(fd);
  }
}
