import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../core/errors.ts';
import { expandTargets } from '../../../local/cli/target-files.ts';

const files: Readonly<Record<string, string>> = {
  list: '192.0.2.1 # web\n\n# all of them:\n192.0.2.16/28, edge.example.com\r\n@more\n',
  more: '2001:db8::10\n',
  loop: '@loop\n',
  empty: '# nothing\n',
};
const readFile = async (path: string): Promise<string> => {
  const text = files[path];
  if (text === undefined) throw new BadInput(`no ${path}`);
  return text;
};

describe('expandTargets', () => {
  it('puts the lines of a file, and of the files it names, in its place', async () => {
    expect(await expandTargets(['127.0.0.1', '@list', 'label:PORT_OPEN'], readFile)).toEqual([
      '127.0.0.1',
      '192.0.2.1',
      '192.0.2.16/28',
      'edge.example.com',
      '2001:db8::10',
      'label:PORT_OPEN',
    ]);
  });

  it('ends at a file that names itself', async () => {
    await expect(expandTargets(['@loop'], readFile)).rejects.toThrow('target files may include each other 4 deep');
  });

  it('refuses an empty file and one that cannot be read', async () => {
    await expect(expandTargets(['@empty'], readFile)).rejects.toThrow('The list of targets is empty');
    await expect(expandTargets(['@nope'], readFile)).rejects.toThrow('no nope');
  });
});
