import type { BasePorts } from '../../core/ports/base-ports.ts';
import type { Asset } from '../../core/assets/asset.ts';
import { portsOf, scheduleOf, TASKS } from '../../core/planning/catalogue.ts';
import { hours, seconds } from '../../core/time.ts';
import { makeDispatchFunction } from '../../lambdas/dispatch/function.ts';
import { makeReconcileFunction } from '../../lambdas/reconcile/function.ts';
import { type Scheduler, startScheduler } from '../cloud/scheduler.ts';

/** EventBridge Scheduler cannot repeat faster than a minute; here what a crash left is healed sooner. */
const RECONCILE_EVERY_MS = seconds(5);
const RECONCILE = 'reconcile';
/** Weekly back-stops start this long after the program, or a machine that restarts every few days would never run them. */
const BACK_STOP_DELAY_MS = hours(1);
/** Tasks that are due together start in the order of their priority, this far apart. */
const STAGGER_MS = 50;

/** croner in place of EventBridge Scheduler, on the same catalogue. */
export function startSchedule(base: BasePorts, watched: () => Promise<Asset[]>): Scheduler {
  const dispatch = makeDispatchFunction({ ...base, watched });
  const reconcile = makeReconcileFunction(base);
  const rows = TASKS.filter((task) => portsOf(task, base.settings) !== null).map((task) => {
    const { everyMs } = scheduleOf(task, base.settings);
    const firstDelayMs = task.firstRunAtStart ? task.priority * STAGGER_MS : Math.min(everyMs, BACK_STOP_DELAY_MS);
    return { id: task.id, everyMs, firstDelayMs };
  });
  return startScheduler({
    rows: [...rows, { id: RECONCILE, everyMs: RECONCILE_EVERY_MS, firstDelayMs: 0 }],
    clock: base.clock,
    invoke: (taskId, scheduledAt) => (taskId === RECONCILE ? reconcile() : dispatch({ taskId, scheduledAt })),
    log: base.log,
  });
}
