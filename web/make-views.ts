import type { Settings } from '../core/config/settings.ts';
import { ON_CHANGE, portsOf, type ScanTask, scheduleOf, TASKS } from '../core/planning/catalogue.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { LegSummary } from '../core/ports/metrics.ts';
import type { Reads, Views } from './services.ts';
import type { ProcessStatus } from './shapes.ts';

export interface ViewPorts extends Reads {
  clock: Clock;
  settings: Settings;
  status: () => Promise<ProcessStatus>;
  latencies?: () => readonly LegSummary[];
}

export function makeViews(ports: ViewPorts): Views {
  return {
    clock: ports.clock,
    read: ports,
    status: ports.status,
    latencies: ports.latencies,
    async catalogue() {
      const rows = TASKS.map((task) => ({ task, everyMs: scheduleOf(task, ports.settings).everyMs }));
      return [...rows, { task: ON_CHANGE, everyMs: null }].map(({ task, everyMs }) => ({
        id: task.id,
        name: task.name,
        label: task.label,
        ports: portsTextOf(task, ports.settings),
        everyMs,
      }));
    },
  };
}

function portsTextOf(task: Pick<ScanTask, 'ports' | 'protocol' | 'droppedByPortList'>, settings: Settings): string {
  if (task.ports === 'open-ports') return 'what is open';
  if (task.ports === 'admitted-ports') return 'what rules let in';
  return portsOf(task, settings)?.toString() ?? 'none';
}
