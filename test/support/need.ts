import { execFileSync } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import { describe } from 'vitest';
import { isInstalled } from './emulators/install.mjs';

const UDP_DAEMONS = ['dnsmasq', 'chronyd', 'snmpd', 'memcached', 'in.tftpd', 'rpcbind'];

const UDP_SERVERS = [
  'avahi-daemon',
  'coap-server-openssl',
  '/usr/lib/ipsec/charon',
  'ganesha.nfsd',
  'ipmi_sim',
  'kamailio',
  'miniupnpd',
  'nmbd',
  'openssl',
  'openvpn',
  'rpcbind',
  'turnserver',
  'wsdd2',
  'xl2tpd',
];

const PROBES = {
  linux: () => process.platform === 'linux',
  root: () => process.getuid?.() === 0,
  nft: () => runs('nft', '--version'),
  ip: () => runs('ip', '-V'),
  unshare: () => runs('unshare', '--version'),
  nmap: () => runs('nmap', '--version'),
  /** Ends with 1 after its version, with 0 after its own test. */
  masscan: () => runs('masscan', '--selftest'),
  chromium: () => runs('chromium', '--version'),
  /** Only loopback exists: what a test does to the firewall cannot touch the machine. `npm test` runs the tests in such a namespace. */
  'private network': () => Object.keys(networkInterfaces()).every((name) => name === 'lo'),
  faketime: () => runs('faketime', '--version'),
  /** dnsmasq, chrony, snmpd, memcached, tftpd-hpa, rpcbind. */
  'udp daemons': () => UDP_DAEMONS.every(isCommand),
  /** The packages of `.ci/run` that serve mDNS, CoAP, IKE, NFS, IPMI, SIP, SSDP, NetBIOS, OpenVPN, STUN, WS-Discovery and L2TP. */
  'udp servers': () => UDP_SERVERS.every(isCommand),
  /** `npm test` installs both. */
  moto: () => isInstalled('moto'),
  'dynamodb-local': () => isInstalled('dynamodb-local'),
  cc: () => runs('cc', '--version'),
  /** Writes file capabilities: package libcap2-bin. */
  setcap: () => runs('setcap', '-h'),
  /** The kernel can make an interface slow: a queueing discipline, which may be a module that is not there. */
  tbf: () => runs('unshare', '-n', 'tc', ...'qdisc add dev lo root tbf rate 1mbit burst 2k limit 2k'.split(' ')),
  ipv6: () => runs('ip', '-6', 'addr', 'show', 'dev', 'lo'),
} as const;

export type Need = keyof typeof PROBES;

function runs(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore', timeout: 20_000 });
    return true;
  } catch {
    return false;
  }
}

/** In the directories of system programs too. */
function isCommand(command: string): boolean {
  return runs('sh', '-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${command}`);
}

/**
 * `describe` for tests that need something a laptop may lack. Missing on a laptop: skipped, with the reason printed.
 * Missing when CI=true: the tests run and fail, so that CI cannot go green without them.
 */
export function describeWith(needs: readonly Need[], name: string, body: () => void): void {
  const missing = needs.filter((need) => !PROBES[need]());
  if (missing.length > 0 && process.env['CI'] !== 'true') {
    process.stderr.write(`skipped: ${name}: needs ${missing.join(', ')}\n`);
    describe.skip(`${name} (needs ${missing.join(', ')})`, body);
    return;
  }
  describe(name, body);
}
