import { SharedBucket } from '../../../core/scanning/shared-bucket.ts';
import type { EngineEvent } from '../engine.ts';
import { creditSource } from '../credit.ts';
import type { MakeDialer } from './dialer.ts';
import type { SweepOrder } from './messages.ts';
import { Sweep } from './sweep.ts';

/** Starts in this thread what the order says. */
export function startSweep(order: SweepOrder, makeDialer: MakeDialer, emit: (event: EngineEvent) => void): Sweep {
  const { cap, credit, ...rest } = order;
  return new Sweep({
    ...rest,
    cap: new SharedBucket(cap),
    shared: credit === null ? null : creditSource(credit),
    makeDialer,
    emit,
  });
}
