import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './portcullis.ts';
import { cleanups } from './scene.ts';
import { askUdp } from './udp-servers.ts';

/** memcached on one address, the same port over TCP and UDP, until the test ends. */
export async function memcached(address: string, port: number): Promise<void> {
  await daemon(['memcached', '-u', 'root', '-l', address, '-p', `${port}`, '-U', `${port}`], {}, () =>
    askUdp('memcached', address, port),
  );
}

/** snmpd that knows no community and no user: only the discovery of version 3 is answered. */
export async function snmpd(address: string): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-snmpd-'));
  cleanups.push(() => rm(directory, { recursive: true, force: true }));
  const config = join(directory, 'snmpd.conf');
  await writeFile(config, `agentAddress udp:${address}:161\n`);
  const command = ['snmpd', '-f', '-Lo', '-C', '-c', config, '-p', join(directory, 'pid')];
  await daemon(command, { SNMP_PERSISTENT_DIR: directory }, () => askUdp('snmp', address, 161));
}

async function daemon(
  [program = '', ...args]: readonly string[],
  environment: Readonly<Record<string, string>>,
  answers: () => Promise<string>,
): Promise<void> {
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, ...environment };
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const ended = once(child, 'exit');
  cleanups.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  await eventually(
    async () => ((await answers()) === 'answered' ? true : undefined),
    10_000,
    () => `${program} does not answer (exit ${child.exitCode}): ${said}`,
  );
}
