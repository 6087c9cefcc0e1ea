import type { Settings } from '../config/settings.ts';
import type { Clock } from './clock.ts';
import type { Firewall, Protection } from './firewall.ts';
import type { KillSwitch } from './kill-switch.ts';
import type { Log } from './log.ts';
import type { AlertQueue, RemediationQueue, ShardQueue } from './queues.ts';
import type { Stores } from './stores.ts';

/** What the functions are made of. Each takes the part it needs; an entry point chooses what the ports are made of. */
export interface BasePorts extends Stores {
  clock: Clock;
  log: Log;
  settings: Settings;
  killSwitch: KillSwitch;
  firewall: Firewall;
  protection: Protection;
  shards: ShardQueue;
  alerts: AlertQueue;
  queue: RemediationQueue;
  /** A name nobody else uses, new at each call. */
  newId: () => string;
}
