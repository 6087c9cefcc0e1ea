import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** MB of old objects that V8 may keep. A reader that keeps a part of its file needs more; then Node ends with an error. */
const MOST_MB = 32;

it.each(['masscan-list', 'nmap-xml'])(
  '100 MB of %s are read in the memory of a small file',
  { timeout: 120_000 },
  async (format) => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      `--max-old-space-size=${MOST_MB}`,
      fileURLToPath(new URL('read-much.ts', import.meta.url)),
      format,
    ]);
    expect(JSON.parse(stdout)).toEqual({ many: true, all: true });
  },
);
