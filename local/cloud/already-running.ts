import { PortcullisError } from '../../core/errors.ts';

/** Another living process holds the data directory. */
export class AlreadyRunning extends PortcullisError {
  readonly code = 'ALREADY_RUNNING';
  readonly pid: number | null;
  readonly url: string | null;

  constructor(pid: number | null, url: string | null, options?: ErrorOptions) {
    super(`already running, pid ${pid ?? 'unknown'}, at ${url ?? '(still starting)'}`, options);
    this.pid = pid;
    this.url = url;
  }
}
