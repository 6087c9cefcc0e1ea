import { closeSync, openSync } from 'node:fs';
import koffi from 'koffi';

const CLONE_NEWNET = 0x40000000;

/**
 * Moves this thread into a network namespace: sockets, threads and processes that it makes from now on are there. Returns the way back.
 * Needs root. @throws when there is no such namespace, or it may not
 */
export function enterNamespace(name: string): () => void {
  const before = openSync('/proc/thread-self/ns/net', 'r');
  try {
    enter(`/run/netns/${name}`);
  } catch (error) {
    closeSync(before);
    throw error;
  }
  return () => {
    setns(before);
    closeSync(before);
  };
}

/** Does something in a namespace, one after the other. */
export async function inside<T>(name: string, work: () => Promise<T>): Promise<T> {
  const turn = last.then(async () => {
    const leave = enterNamespace(name);
    try {
      return await work();
    } finally {
      leave();
    }
  });
  last = turn.catch(() => undefined);
  return turn;
}

let last: Promise<unknown> = Promise.resolve();

function enter(path: string): void {
  const fd = openSync(path, 'r');
  try {
    setns(fd);
  } finally {
    closeSync(fd);
  }
}

function setns(fd: number): void {
  const call = koffi.load('libc.so.6').func('int setns(int, int)');
  if (call(fd, CLONE_NEWNET) !== 0) throw new Error(`setns: errno ${koffi.errno()}`);
}
