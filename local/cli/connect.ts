import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Settings } from '../../core/config/settings.ts';
import { ApiClient, ApiFailure, type Send } from './api-client.ts';

/** The whole of Portcullis on a data directory, opened in this process. */
export interface OpenedMachine {
  request: Send;
  close(): Promise<void>;
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
  close(): Promise<void>;
}

/** The API of the running `up` of this data directory, or the data directory opened in this process. */
export async function connect(dataDir: string, ports: ConnectPorts): Promise<Connection> {
  const lock = await ports.readLock(dataDir);
  if (lock !== null) {
    if (lock.url === null)
      throw new ApiFailure(
        'STARTING',
        `portcullis (pid ${lock.pid}) is still starting on ${dataDir}: try again in a moment`,
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
    close: () => machine.close(),
  };
}

/** The real ones. What is heavy is loaded only when it is needed, so that `--help` stays fast. */
export function processPorts(loadSettings: () => Promise<Settings>): ConnectPorts {
  return {
    readLock: async (dataDir) => (await import('../cloud/data-directory.ts')).readLock(dataDir),
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
    openOneMachine: async (options) => (await import('../one-machine.ts')).openOneMachine(options),
  };
}
