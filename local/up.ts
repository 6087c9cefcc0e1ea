import { HostInterfaces } from '../adapters/local/own-interfaces.ts';
import { HostTargetResolver } from '../adapters/local/target-resolver.ts';
import { ConfiguredAssets } from '../core/assets/configured-assets.ts';
import { jsonLog } from '../adapters/local/json-log.ts';
import type { Log } from '../core/ports/log.ts';
import { makesChanges, type Settings } from '../core/config/settings.ts';
import { messageOf } from '../core/errors.ts';
import { humanDuration, toInstant } from '../core/time.ts';
import type { TableStyle } from './cli/tables.ts';
import { openDataDirectory } from './cloud/data-directory.ts';
import { makeLocalApp } from './machine/app.ts';
import { serve } from './machine/http-server.ts';
import { type Machine, startMachine } from './machine/machine.ts';
import { makeConsoleChannel } from './notifications/console-channel.ts';
import { waitForFirstLook } from './report/first-look.ts';
import { firstReport } from './report/first-report.ts';

export interface UpOptions {
  settings: Settings;
  dataDir: string;
  /** Lines for people on stdout, progress and logs on stderr. */
  out: (line: string) => void;
  err: (line: string) => void;
  style: TableStyle;
  /** Ends it; SIGINT and SIGTERM of the process. */
  signal: AbortSignal;
}

/** Everything, until stopped. The first line on stdout is `ready URL`. Resolves to the exit code. */
export async function runUp({ settings, dataDir, out, err, style, signal }: UpOptions): Promise<number> {
  await assertTargets(settings, jsonLog(err));
  const directory = await openDataDirectory(dataDir);
  // Before the port: a second start on this directory must hear of the first, not of its port.
  await directory.acquireLock();
  let machine: Machine | undefined;
  let app: { fetch: (request: Request, connection: object) => Response | Promise<Response> } | undefined;
  const server = await serve(
    (request, connection) =>
      app?.fetch(request, connection) ?? new Response('Portcullis is starting.', { status: 503 }),
    settings.listen,
  ).catch(async (error: unknown) => {
    await directory.release();
    throw error;
  });
  try {
    const listening = { host: settings.listen.host, port: server.port, url: server.url };
    // The first line on stdout is the ready line, also when alerts of an earlier process are still waiting.
    let early: string[] | null = [];
    const show = makeConsoleChannel({
      write: (text) => (early === null ? out(text.trimEnd()) : void early.push(text.trimEnd())),
      linksFor: async (id) => {
        if (!machine) throw new Error('Portcullis is still starting');
        return machine.linksFor(id);
      },
    });
    machine = await startMachine({ settings, directory, listening, err, show });
    try {
      app = makeLocalApp(machine, listening);
      await directory.updateLockUrl(server.url);
      out(`ready ${server.url}`);
      for (const text of early) out(text);
      early = null;
      const capability = await machine.capability();
      if (makesChanges(settings.mode) && !capability.able) {
        err(
          `mode ${settings.mode}, but ${capability.reason}: what is approved is shown as commands for a person to run`,
        );
      }
      // Many addresses take minutes to record; who wants to stop does not wait for that.
      const watched = await Promise.race([watching(machine, settings), aborted(signal)]);
      if (watched !== null) {
        out(watched);
        await untilStopped(machine, { out, err, style, signal });
      }
    } finally {
      await machine.stop();
    }
  } finally {
    await server.close();
  }
  return 0;
}

/**
 * Names that do not resolve, files that cannot be read, everything excluded: found before anything is opened.
 * @throws BadInput
 */
async function assertTargets(settings: Settings, log: Log): Promise<void> {
  const clock = { now: () => toInstant(Date.now()) };
  const ports = { clock, log, resolver: new HostTargetResolver(), interfaces: new HostInterfaces() };
  await new ConfiguredAssets(settings, ports).assertAll();
}

async function watching(machine: Machine, settings: Settings): Promise<string> {
  const assets = await machine.watched();
  const shown = assets.slice(0, 8).map(({ address, exposed }) => (exposed ? address : `${address} (not exposed)`));
  const more = assets.length > shown.length ? ` and ${assets.length - shown.length} more` : '';
  return `watching ${shown.join(', ')}${more}; every ${humanDuration(settings.cadenceMs)}; mode ${settings.mode}`;
}

async function untilStopped(
  machine: Machine,
  { out, err, style, signal }: Pick<UpOptions, 'out' | 'err' | 'style' | 'signal'>,
): Promise<void> {
  const since = machine.clock.now();
  await machine.startSchedule();
  const report = reportFirstLook(machine, since, style, signal).then(
    (text) => (signal.aborted ? undefined : out(text)),
    (error: unknown) => err(`the first table could not be made: ${messageOf(error)}`),
  );
  await aborted(signal);
  await report;
  err('stopping: unfinished work goes back to the queue');
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
}

async function reportFirstLook(
  machine: Machine,
  since: string,
  style: TableStyle,
  signal: AbortSignal,
): Promise<string> {
  const { base } = machine;
  const done = await waitForFirstLook(base.runs, since, signal);
  const [assets, findings] = await Promise.all([machine.watched(), base.findings.list()]);
  const watched = new Set(assets.map((asset) => asset.address));
  return firstReport(
    {
      assets,
      findings: findings.filter((finding) => watched.has(finding.address)),
      mode: base.settings.mode,
      protection: base.protection,
      unread: machine.unread(),
      done,
    },
    style,
  );
}
