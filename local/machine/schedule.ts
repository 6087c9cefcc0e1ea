import type { BasePorts } from '../../core/ports/base-ports.ts';
import type { Asset } from '../../core/assets/asset.ts';
import { portsOf, scheduleOf, TASKS } from '../../core/planning/catalogue.ts';
import { hours, minutes, seconds } from '../../core/time.ts';
import { makeDispatchFunction } from '../../lambdas/dispatch/function.ts';
import { makeReconcileFunction } from '../../lambdas/reconcile/function.ts';
import type { LocalInventory } from './inventory.ts';
import { type Scheduler, startScheduler } from '../cloud/scheduler.ts';

/** EventBridge Scheduler cannot repeat faster than a minute; here what a crash left is healed sooner. */
const RECONCILE_EVERY_MS = seconds(5);
const RECONCILE = 'reconcile';
/** Nothing tells one machine of a change in AWS, so it looks itself: as often as it scans, and no less often than on AWS. */
const INVENTORY_EVERY_MS = { least: seconds(2), most: minutes(15) };
const INVENTORY = 'inventory';
/** Weekly back-stops start this long after the program, or a machine that restarts every few days would never run them. */
const BACK_STOP_DELAY_MS = hours(1);
/** Tasks that are due together start in the order of their priority, this far apart. */
const STAGGER_MS = 50;

/** croner in place of EventBridge Scheduler, on the same catalogue. */
export function startSchedule(
  base: BasePorts,
  watched: () => Promise<Asset[]>,
  inventory: LocalInventory | null,
): Scheduler {
  const dispatch = makeDispatchFunction({ ...base, watched });
  const reconcile = makeReconcileFunction(base);
  const rows = TASKS.filter((task) => portsOf(task, base.settings) !== null).map((task) => {
    const { everyMs } = scheduleOf(task, base.settings);
    const firstDelayMs = task.firstRunAtStart ? task.priority * STAGGER_MS : Math.min(everyMs, BACK_STOP_DELAY_MS);
    return { id: task.id, everyMs, firstDelayMs };
  });
  const { least, most } = INVENTORY_EVERY_MS;
  const everyMs = Math.min(most, Math.max(least, base.settings.cadenceMs));
  // The first look is taken before the schedule starts.
  const inventoryRows = inventory === null ? [] : [{ id: INVENTORY, everyMs, firstDelayMs: everyMs }];
  return startScheduler({
    rows: [...rows, ...inventoryRows, { id: RECONCILE, everyMs: RECONCILE_EVERY_MS, firstDelayMs: 0 }],
    clock: base.clock,
    invoke(taskId, scheduledAt) {
      if (taskId === RECONCILE) return reconcile();
      if (taskId === INVENTORY && inventory !== null) return inventory.run();
      return dispatch({ taskId, scheduledAt });
    },
    log: base.log,
  });
}
