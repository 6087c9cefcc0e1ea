import { open, readFile } from 'node:fs/promises';
import type { Alert } from '../../core/alerting/alert.ts';

/** `alerts.jsonl` in the data directory: one alert a line, each id once, on disk before the message is acknowledged. */
export class AlertFile {
  readonly #path: string;
  #written: Set<string> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Appends the alert; false when it is there already (an alert repeated after a crash). */
  async append(alert: Alert): Promise<boolean> {
    this.#written ??= await this.#readIds();
    if (this.#written.has(alert.id)) return false;
    const file = await open(this.#path, 'a', 0o600);
    try {
      await file.appendFile(`${JSON.stringify(alert)}\n`);
      await file.datasync();
    } catch (error) {
      // A full disk takes a part of a line: what there is must be read again before the next one.
      this.#written = undefined;
      throw error;
    } finally {
      await file.close();
    }
    this.#written.add(alert.id);
    return true;
  }

  async #readIds(): Promise<Set<string>> {
    let text: string;
    try {
      text = await readFile(this.#path, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Set();
      throw error;
    }
    if (text !== '' && !text.endsWith('\n')) await this.#endTornLine();
    const ids = new Set<string>();
    for (const line of text.split('\n')) {
      // A line torn by a crash is no alert: its message was never acknowledged and comes again.
      const id = /^\{"id":"([^"]+)".*\}$/.exec(line)?.[1];
      if (id !== undefined) ids.add(id);
    }
    return ids;
  }

  async #endTornLine(): Promise<void> {
    const file = await open(this.#path, 'a', 0o600);
    try {
      await file.appendFile('\n');
    } finally {
      await file.close();
    }
  }
}
