import * as z from 'zod';
import { type DispatchPorts, makeDispatch } from '../../core/stages/dispatch.ts';

/** What EventBridge Scheduler, or croner in its place, sends: the row of the catalogue and when it was due. */
const TickEvent = z.object({ taskId: z.string(), scheduledAt: z.iso.datetime() });

/** Schedule -> shards. */
export function makeDispatchFunction(ports: DispatchPorts): (event: unknown) => Promise<void> {
  const dispatch = makeDispatch(ports);
  return async function dispatchTick(event) {
    await dispatch(TickEvent.parse(event));
  };
}
