import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWith } from '../../support/need.ts';
import { aDaemon, aDirectory } from '../../support/scanner/daemons.ts';
import { aNamespace, type Namespace } from '../../support/scanner/namespace.ts';
import type { UdpJob, UdpResult } from '../../support/scanner/udp-child.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/udp-child.ts', import.meta.url));
const FOUR = '10.209.3.2';
const OTHER = '10.209.3.3';
const SIX = 'fd00:203::2';

const dnsmasq = (lab: Namespace): Promise<void> =>
  aDaemon(
    lab,
    [
      'dnsmasq',
      '--keep-in-foreground',
      '--conf-file=/dev/null',
      '--no-resolv',
      '--no-hosts',
      '--bind-interfaces',
      `--listen-address=${FOUR},${SIX}`,
      '--user=root',
      '--pid-file=',
      '--enable-tftp',
      `--tftp-root=${aDirectory()}`,
    ],
    [`${FOUR}:53`, `[${SIX}]:53`, `${FOUR}:69`, `[${SIX}]:69`],
  );

/** Serves time from a clock of its own and sets no clock. */
function chrony(lab: Namespace): Promise<void> {
  const directory = aDirectory({ 'chrony.conf': 'allow all\nlocal stratum 10\ncmdport 0\npidfile /run/chrony.pid\n' });
  return aDaemon(
    lab,
    ['chronyd', '-d', '-x', '-u', 'root', '-f', `${directory}/chrony.conf`],
    ['0.0.0.0:123', '[::]:123'],
  );
}

/** Knows no community and no user: only the discovery of version 3 is answered. */
function snmpd(lab: Namespace): Promise<void> {
  const directory = aDirectory({ 'snmpd.conf': `agentAddress udp:${FOUR}:161,udp6:[${SIX}]:161\n` });
  return aDaemon(
    lab,
    ['snmpd', '-f', '-Lo', '-C', '-c', `${directory}/snmpd.conf`, '-p', '/run/snmpd.pid'],
    [`${FOUR}:161`, `[${SIX}]:161`],
    { SNMP_PERSISTENT_DIR: directory },
  );
}

const memcached = (lab: Namespace): Promise<void> =>
  aDaemon(lab, ['memcached', '-u', 'root', '-U', '11211', '-l', `${FOUR},${SIX}`], [`${FOUR}:11211`, `[${SIX}]:11211`]);

const tftpd = (lab: Namespace): Promise<void> =>
  aDaemon(lab, ['in.tftpd', '-L', '--address', `${OTHER}:69`, '-u', 'root', aDirectory()], [`${OTHER}:69`]);

const rpcbind = (lab: Namespace): Promise<void> => aDaemon(lab, ['rpcbind', '-f'], ['0.0.0.0:111', '[::]:111']);

describeWith(['root', 'ip', 'udp daemons'], 'the udp engine and real daemons', () => {
  it('finds every one of them, over IPv4 and IPv6, and nothing beside them', async () => {
    const lab = aNamespace(`${FOUR}/32`, `${OTHER}/32`, `${SIX}/128`);
    await Promise.all([dnsmasq, chrony, snmpd, memcached, tftpd, rpcbind].map((start) => start(lab)));
    const asked = '7,53,69,111,123,137,161,389,443,500,1194,1900,3478,5060,11211';
    const job: UdpJob = { targets: { [FOUR]: asked, [SIX]: asked, [OTHER]: '53,69' }, timeoutMs: 1_500 };
    const { states, complete } = JSON.parse(await lab.run([process.execPath, CHILD, JSON.stringify(job)])) as UdpResult;
    const found = {
      'open (answered)': '53,69,111,123,161,11211',
      'closed (icmp-port-unreachable)': '7,137,389,443,500,1194,1900,3478,5060',
    };
    expect(states).toEqual({
      [FOUR]: found,
      [SIX]: found,
      [OTHER]: { 'open (answered)': '69', 'closed (icmp-port-unreachable)': '53' },
    });
    expect(complete).toBe(true);
  });
});
