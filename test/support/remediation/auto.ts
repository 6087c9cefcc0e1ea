import type { AutoPattern } from '../../../core/config/auto-schema.ts';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import type { Finding } from '../../../core/findings/finding.ts';
import { preparationWith } from '../../../lambdas/change-ports.ts';
import { World } from './world.ts';

/** Redis on 192.0.2.0 to 192.0.2.15, opened within the last 15 minutes. */
export const PATTERN: AutoPattern = {
  match: '192.0.2.0/28',
  ports: '6379',
  accounts: null,
  regions: null,
  maxAgeMs: 900_000,
  classes: null,
};
export const POLICY = 'policy auto: pattern 1, ports 6379 of 192.0.2.0/28';

/** Two minutes before the world begins. */
const OPENED_AT = '2026-03-01T09:58:00.000Z';

/** The finding as it is when people are about to be told that its port opened. */
export function justOpened(over: Partial<Finding> = {}): Partial<Finding> {
  const { occurrence } = { occurrence: 1, ...over };
  return {
    openedAt: OPENED_AT,
    untold: [{ kind: 'opened', occurrence, at: OPENED_AT, note: 'two probes connected' }],
    ...over,
  };
}

export async function autoWorld(over: Partial<Finding> = {}): Promise<World> {
  const world = await World.with(justOpened(over), 'auto');
  world.ports.auto = [PATTERN];
  return world;
}

/** What happens right before people are told, wired as the functions wire it. */
export async function prepare(world: World): Promise<void> {
  const { mode, auto, changesPerHour, approvalTtlMs } = world.ports;
  const settings = { ...DEFAULT_SETTINGS, mode, auto, limits: { changesPerHour }, approvalTtlMs };
  const log = { info: () => undefined, warn: () => undefined };
  await preparationWith({ ...world.ports, ...world.stores, settings, log, newId: () => 'id' }).prepare(
    await world.finding(),
  );
}
