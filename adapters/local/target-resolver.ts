import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { BadInput, messageOf } from '../../core/errors.ts';
import { parseAddress } from '../../core/net/address.ts';
import type { TargetResolver } from '../../core/ports/sources.ts';

/** Host names by the machine's own resolver, target files from disk. */
export class HostTargetResolver implements TargetResolver {
  async resolveHost(name: string): Promise<string[]> {
    try {
      const answers = await lookup(name, { all: true });
      return [...new Set(answers.map(({ address }) => parseAddress(address)))];
    } catch (error) {
      throw new BadInput(
        `The host name "${name}" does not resolve: ${messageOf(error)}. Write an address, or mend the name.`,
        {
          cause: error,
        },
      );
    }
  }

  async readFile(path: string): Promise<string> {
    try {
      return await readFile(path, 'utf8');
    } catch (error) {
      throw new BadInput(`The target file "${path}" cannot be read: ${messageOf(error)}.`, { cause: error });
    }
  }
}
