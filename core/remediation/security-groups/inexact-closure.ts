import { PortcullisError } from '../../errors.ts';

/** The rules differ, or would differ, by something else than the one port from public sources. */
export class InexactClosure extends PortcullisError {
  readonly code = 'INEXACT_CLOSURE';
}
