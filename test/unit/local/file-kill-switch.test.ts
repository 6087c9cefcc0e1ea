import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Refused } from '../../../core/errors.ts';
import { FileKillSwitch } from '../../../adapters/local/file-kill-switch.ts';

describe('the kill switch file', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'portcullis-kill-switch-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('is off without the file, on with it, off again without', async () => {
    const path = join(directory, 'kill-switch');
    const killSwitch = new FileKillSwitch(path);
    expect(await killSwitch.read()).toEqual({ on: false, reason: null });
    await writeFile(path, '');
    expect(await killSwitch.read()).toEqual({ on: true, reason: null });
    await writeFile(path, ' network maintenance until noon\n');
    expect(await killSwitch.read()).toEqual({ on: true, reason: 'network maintenance until noon' });
    await rm(path);
    expect(await killSwitch.read()).toEqual({ on: false, reason: null });
  });

  it('throws, naming the path, when it cannot be read', async () => {
    const path = join(directory, 'kill-switch');
    await mkdir(path);
    await expect(new FileKillSwitch(path).read()).rejects.toThrow(
      new Refused(`The kill switch ${path} cannot be read (it is a directory): it counts as on.`),
    );
    await writeFile(join(directory, 'file'), '');
    await expect(new FileKillSwitch(join(directory, 'file', 'kill-switch')).read()).rejects.toThrow('cannot be read');
  });
});
