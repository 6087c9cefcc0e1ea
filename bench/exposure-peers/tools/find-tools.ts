import { join } from 'node:path';
import { BadInput } from '../../../core/errors.ts';
import { machine } from '../../support/machine.ts';
import { custodian } from './custodian.ts';
import { installPeer } from './install.ts';
import { portcullis } from './portcullis.ts';
import { runs } from './process.ts';
import { prowler } from './prowler.ts';
import type { Tool } from './tool.ts';

const PEERS: Readonly<
  Record<string, { name: string; distribution: string; make: (bin: string, version: string) => Tool }>
> = {
  custodian: { name: 'Cloud Custodian', distribution: 'c7n', make: custodian },
  prowler: { name: 'Prowler', distribution: 'prowler', make: prowler },
};

/** The tools of these names; those that cannot be installed by name, with the reason. @throws BadInput for a name that is none. */
export async function findTools(
  names: readonly string[],
  say: (line: string) => void,
): Promise<{ tools: Tool[]; absent: Record<string, string> }> {
  const tools: Tool[] = [];
  const absent: Record<string, string> = {};
  for (const name of names) {
    const peer = PEERS[name];
    if (name === 'portcullis') tools.push(portcullis(machine().commit ?? 'here'));
    else if (peer === undefined) {
      throw new BadInput(`There is no tool "${name}": write portcullis, ${Object.keys(PEERS).join(' or ')}.`);
    } else {
      const installed = await installPeer(name, say);
      if ('absent' in installed) absent[peer.name] = installed.absent;
      else tools.push(peer.make(installed.bin, await versionOf(installed.bin, peer.distribution)));
    }
  }
  return { tools, absent };
}

async function versionOf(bin: string, distribution: string): Promise<string> {
  const program = `from importlib.metadata import version; print(version("${distribution}"))`;
  return (await runs(join(bin, 'python'), ['-c', program], { limitMs: 60_000 })).trim();
}
