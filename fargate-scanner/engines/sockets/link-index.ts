import { loadKoffi } from './libc.ts';

/** The number of an interface by its name; 0: there is none. */
export function linkIndexOf(link: string): number {
  const nameToIndex = loadKoffi().load('libc.so.6').func('unsigned int if_nametoindex(const char *)') as (
    name: string,
  ) => number;
  return nameToIndex(link);
}
