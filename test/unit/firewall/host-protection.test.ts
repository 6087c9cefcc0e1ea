import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HostProtection } from '../../../adapters/firewall/host-protection.ts';
import { operatorSsh, parseSshConnection } from '../../../adapters/firewall/ssh-connection.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

function protection(over: Partial<ConstructorParameters<typeof HostProtection>[0]> = {}): HostProtection {
  return new HostProtection({
    listening: () => ({ host: '127.0.0.1', port: 8460 }),
    protect: [],
    ssh: async () => null,
    ...over,
  });
}

describe('what must never be cut on this host', () => {
  it('is nothing in general', async () => {
    expect(await protection().reasonToKeep('192.0.2.3', 6379, 'tcp')).toBeNull();
  });

  it('is the port that Portcullis listens on, at the address it listens on', async () => {
    expect(await protection().reasonToKeep('127.0.0.1', 8460, 'tcp')).toContain('Portcullis itself listens');
    expect(await protection().reasonToKeep('127.7.7.9', 8460, 'tcp')).toBeNull();
  });

  it.each(['0.0.0.0', '::', 'localhost'])('is that port at every address when it listens on %s', async (host) => {
    const wide = protection({ listening: () => ({ host, port: 8460 }) });
    expect(await wide.reasonToKeep('192.0.2.3', 8460, 'tcp')).toContain('192.0.2.3:8460');
  });

  it('is where the SSH session of the operator arrives', async () => {
    const guarded = protection({ ssh: async () => ({ address: '192.0.2.3', port: 2222 }) });
    expect(await guarded.reasonToKeep('192.0.2.3', 2222, 'tcp')).toContain('SSH session');
    expect(await guarded.reasonToKeep('192.0.2.4', 2222, 'tcp')).toBeNull();
    expect(await guarded.reasonToKeep('192.0.2.3', 22, 'tcp')).toBeNull();
  });

  it('is that port at every address when the session does not say at which', async () => {
    const guarded = protection({ ssh: async () => ({ address: null, port: 22 }) });
    expect(await guarded.reasonToKeep('2001:db8::1', 22, 'tcp')).toContain('[2001:db8::1]:22');
  });

  it('is everything under protect', async () => {
    const guarded = protection({ protect: ['192.0.2.0/28', '198.51.100.7:53', ':9100'] });
    expect(await guarded.reasonToKeep('192.0.2.3', 1, 'tcp')).toContain('"protect"');
    expect(await guarded.reasonToKeep('198.51.100.7', 53, 'tcp')).toContain('"protect"');
    expect(await guarded.reasonToKeep('203.0.113.1', 9100, 'tcp')).toContain('"protect"');
    expect(await guarded.reasonToKeep('198.51.100.7', 54, 'tcp')).toBeNull();
  });

  it('refuses a text under protect that cannot be read', () => {
    expect(() => protection({ protect: ['192.0.2.300'] })).toThrow('192.0.2.300');
  });
});

describe('the SSH session of the operator', () => {
  it.each([
    ['198.51.100.1 50000 192.0.2.3 22', { address: '192.0.2.3', port: 22 }],
    ['2001:db8::9 50000 2001:db8:0::1 2222', { address: '2001:db8::1', port: 2_222 }],
    ['fe80::9%eth0 50000 fe80::1%eth0 22', { address: 'fe80::1', port: 22 }],
    ['UNKNOWN 65535 UNKNOWN 65535', { address: null, port: 65_535 }],
    ['something else', { address: null, port: 22 }],
    ['', null],
  ])('is read from "%s"', (text, expected) => {
    expect(parseSshConnection(text)).toEqual(expected);
  });

  it('is found in an ancestor when sudo took it from our own environment', async () => {
    const proc = await processes({
      300: { parent: 200, environ: 'A=1' },
      200: { parent: 100, environ: null },
      100: { parent: 1, environ: 'A=1\0SSH_CONNECTION=198.51.100.1 50000 192.0.2.3 22\0B=2' },
    });
    expect(await operatorSsh({}, 300, proc)).toEqual({ address: '192.0.2.3', port: 22 });
    const own = { SSH_CONNECTION: '198.51.100.1 50000 192.0.2.4 22' };
    expect(await operatorSsh(own, 300, proc)).toEqual({ address: '192.0.2.4', port: 22 });
  });

  it('is null without one, also where parents form a ring or have ended', async () => {
    const proc = await processes({ 300: { parent: 301, environ: '' }, 301: { parent: 300, environ: '' } });
    expect(await operatorSsh({}, 300, proc)).toBeNull();
    expect(await operatorSsh({}, 999, proc)).toBeNull();
  });
});

async function processes(table: Record<number, { parent: number; environ: string | null }>): Promise<string> {
  const proc = await temporaryDirectory();
  for (const [pid, { parent, environ }] of Object.entries(table)) {
    await mkdir(join(proc, pid));
    // A command name with a parenthesis and blanks, as proc_pid_stat(5) warns.
    await writeFile(join(proc, pid, 'stat'), `${pid} (a) b) S ${parent} 1 1 0`);
    if (environ !== null) await writeFile(join(proc, pid, 'environ'), environ);
  }
  return proc;
}
