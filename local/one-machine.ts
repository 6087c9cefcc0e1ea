import { alertText } from '../core/alerting/render.ts';
import type { Settings } from '../core/config/settings.ts';
import { openDataDirectory } from './cloud/data-directory.ts';
import { makeLocalApp } from './machine/app.ts';
import { startMachine } from './machine/machine.ts';

/** Work that a verb queued may go on for this long after its answer; what is left waits in the data directory for the next start. */
const FINISH_MS = 10_000;

/** Somebody who wants to stop waits this long for what was found to be recorded and told. */
const HURRY_MS = 3_000;

export interface OneMachine {
  request(request: Request): Promise<Response>;
  /** Lets queued work end, unless `hurry` says that somebody wants to stop. */
  close(hurry: AbortSignal): Promise<void>;
}

/**
 * The whole of Portcullis on a data directory, in this process, without the schedule: what the verbs use when no `up` is running.
 * @throws AlreadyRunning; BadInput when the data directory cannot be used
 */
export async function openOneMachine({
  settings,
  dataDir,
}: {
  settings: Settings;
  dataDir: string;
}): Promise<OneMachine> {
  const directory = await openDataDirectory(dataDir);
  await directory.acquireLock();
  const machine = await startMachine({
    settings,
    directory,
    listening: null,
    err: (line) => process.stderr.write(`${line}\n`),
    onlyAsked: true,
    show: async (alert) => void process.stderr.write(`${alertText(alert)}\n`),
  });
  const app = makeLocalApp(machine, settings.listen);
  return {
    async request(request) {
      // Who only reads starts nothing: what an earlier process left is neither scanned nor told.
      if (request.method !== 'GET') machine.work();
      return app.fetch(request);
    },
    async close(hurry) {
      const enough = AbortSignal.any([hurry, AbortSignal.timeout(FINISH_MS)]);
      await machine.drained(enough).catch(() => undefined);
      if (hurry.aborted) await machine.stopScanning(AbortSignal.timeout(HURRY_MS)).catch(() => undefined);
      await machine.stop();
    },
  };
}
