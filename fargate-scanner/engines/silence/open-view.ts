import { clock } from '../clock.ts';
import { type Libc, loadLibc } from '../sockets/libc.ts';
import { KernelView } from './kernel-view.ts';
import type { LocalView } from './local-view.ts';
import { ProcView } from './proc-view.ts';

let libc: Libc | null = null;

/** What this machine can be looked at with. Never throws. */
export function localView(): LocalView {
  try {
    libc ??= loadLibc();
    return new KernelView(libc, clock());
  } catch {
    return new ProcView();
  }
}
