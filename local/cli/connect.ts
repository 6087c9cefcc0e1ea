import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Settings } from '../../core/config/settings.ts';
import { PortcullisError } from '../../core/errors.ts';
import { ApiClient, ApiFailure, type Send } from './api-client.ts';

/** The whole of Portcullis on a data directory, opened in this process. */
export interface OpenedMachine {
  request: Send;
  close(hurry: AbortSignal): Promise<void>;
}

export interface ConnectPorts {
  readLock(dataDir: string): Promise<{ pid: number; url: string | null } | null>;
  /** Contents of DATA/api-token; null when it is not there. */
  readToken(dataDir: string): Promise<string | null>;
  send: Send;
  loadSettings(): Promise<Settings>;
  openOneMachine(options: { settings: Settings; dataDir: string }): Promise<OpenedMachine>;
}

export interface Connection {
  api: ApiClient;
  /** The process that serves it, null when it was opened in this one: then queued work goes on only while this process lives. */
  server: { pid: number; url: string } | null;
  /** Waits for queued work a while, until `hurry` aborts. */
  close(hurry: AbortSignal): Promise<void>;
}

/** The API of the running `up` of this data directory, or the data directory opened in this process. */
export async function connect(dataDir: string, ports: ConnectPorts): Promise<Connection> {
  const lock = await ports.readLock(dataDir);
  if (lock !== null) {
    if (lock.url === null)
      throw new ApiFailure(
        'STARTING',
        `portcullis (pid ${lock.pid}) is starting or at work on ${dataDir}, and cannot be asked: try again in a moment`,
      );
    return {
      api: new ApiClient(ports.send, lock.url, await ports.readToken(dataDir)),
      server: { pid: lock.pid, url: lock.url },
      close: async () => undefined,
    };
  }
  const settings = await ports.loadSettings();
  const machine = await ports.openOneMachine({ settings, dataDir });
  return {
    // Nothing is sent to this address: it is what the Host check of the API takes for its own.
    api: new ApiClient(machine.request, `http://localhost:${settings.listen.port}`, await ports.readToken(dataDir)),
    server: null,
    close: (hurry) => machine.close(hurry),
  };
}

/** Another verb holds the data directory for moments, and a start takes a second or two: waited for this long. */
const PATIENCE_MS = 5_000;
const LOOK_AGAIN_MS = 100;

/** The real ones. What is heavy is loaded only when it is needed, so that `--help` stays fast. */
export function processPorts(loadSettings: () => Promise<Settings>): ConnectPorts {
  return {
    async readLock(dataDir) {
      const { readLock } = await import('../cloud/data-directory.ts');
      const until = performance.now() + PATIENCE_MS;
      let lock = await readLock(dataDir);
      for (; lock?.url === null && performance.now() < until; lock = await readLock(dataDir))
        await sleep(LOOK_AGAIN_MS);
      return lock;
    },
    async readToken(dataDir) {
      try {
        return (await readFile(join(dataDir, 'api-token'), 'utf8')).trim();
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'EACCES') return null;
        throw error;
      }
    },
    send: (request) => fetch(request),
    loadSettings,
    async openOneMachine(options) {
      const { openOneMachine } = await import('../one-machine.ts');
      for (const until = performance.now() + PATIENCE_MS; ; await sleep(LOOK_AGAIN_MS)) {
        try {
          return await openOneMachine(options);
        } catch (error) {
          const another = error instanceof PortcullisError && error.code === 'ALREADY_RUNNING';
          if (!another || performance.now() > until) throw error;
        }
      }
    },
  };
}
