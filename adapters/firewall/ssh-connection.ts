import { readFile } from 'node:fs/promises';
import { type Address, toAddress } from '../../core/net/address.ts';

/** Where the operator's SSH session arrives on this machine. */
export interface SshConnection {
  /** null: the session does not say it in a form we read, so every address counts. */
  address: Address | null;
  port: number;
}

/** Ancestors looked at; shells, sudo and multiplexers are a handful. */
const MAX_ANCESTORS = 64;
const SSH_PORT = 22;

/**
 * The SSH session that this process descends from, or null: `SSH_CONNECTION` of its own environment, else of its ancestors (sudo
 * removes it from ours). An ancestor that cannot be read is passed over.
 */
export async function operatorSsh(
  env: NodeJS.ProcessEnv = process.env,
  parent: number = process.ppid,
  proc = '/proc',
): Promise<SshConnection | null> {
  const own = parseSshConnection(env['SSH_CONNECTION']);
  if (own !== null) return own;
  let pid = parent;
  for (let i = 0; i < MAX_ANCESTORS && pid > 1; i += 1) {
    const environ = await readIfAllowed(`${proc}/${pid}/environ`);
    const value = environ?.split('\0').find((entry) => entry.startsWith('SSH_CONNECTION='));
    const found = parseSshConnection(value?.slice('SSH_CONNECTION='.length));
    if (found !== null) return found;
    const stat = await readIfAllowed(`${proc}/${pid}/stat`);
    // The command name stands in parentheses and may contain anything; state and parent follow the last one. See proc_pid_stat(5).
    pid = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
  }
  return null;
}

/** Reads `CLIENT CLIENTPORT SERVER SERVERPORT` (ssh(1)). Text of another form still means that there is a session: port 22 everywhere. */
export function parseSshConnection(text: string | undefined): SshConnection | null {
  if (text === undefined || text.trim() === '') return null;
  const [, , server = '', portText = ''] = text.trim().split(/\s+/);
  const port = Number(portText);
  if (!/^\d{1,5}$/.test(portText) || port < 1 || port > 65_535) return { address: null, port: SSH_PORT };
  return { address: toAddress(server.replace(/%.*$/, '')) ?? null, port };
}

async function readIfAllowed(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch {
    return undefined;
  }
}
