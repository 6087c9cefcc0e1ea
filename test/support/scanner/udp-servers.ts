import { execFileSync } from 'node:child_process';
import { aDaemon, aDirectory } from './daemons.ts';
import { aNamespace, type Namespace } from './namespace.ts';

/** Where the servers below listen, and who asks them from the other end of the link: some of them serve only their own network, or only others. */
export const LINK = { name: 'pv0', address: '10.209.5.2', asker: '10.209.5.1' } as const;
const { name, address, asker } = LINK;
/** An interface of no use but to be there. */
const OUTSIDE = 'px0';

/** Two namespaces with a link between them. */
export async function aLink(): Promise<{ servers: Namespace; scanner: Namespace }> {
  const [servers, scanner] = [aNamespace(), aNamespace()];
  const ip = (lab: Namespace, ...words: readonly string[]) => lab.run(['ip', ...words]);
  await ip(servers, 'link', 'add', OUTSIDE, 'type', 'veth', 'peer', 'name', 'px1');
  await ip(servers, 'link', 'add', name, 'type', 'veth', 'peer', 'name', 'pv1', 'netns', scanner.name);
  // Daemons start anew when the link gets another address, which IPv6 does after a second.
  await servers.run(['sh', '-c', `echo 1 > /proc/sys/net/ipv6/conf/${name}/disable_ipv6`]);
  await ip(servers, 'addr', 'add', `${address}/24`, 'dev', name);
  await ip(scanner, 'addr', 'add', `${asker}/24`, 'dev', 'pv1');
  await ip(servers, 'link', 'set', name, 'up');
  await ip(scanner, 'link', 'set', 'pv1', 'up');
  return { servers, scanner };
}

type Start = (lab: Namespace) => Promise<void>;

/** Multicast DNS without D-Bus and without dropping privileges, which need files of the machine. */
const avahi: Start = (lab) => {
  const config = '[server]\nenable-dbus=no\nuse-ipv6=no\n';
  const file = `${aDirectory({ 'avahi.conf': config })}/avahi.conf`;
  const start = 'mkdir /run/avahi-daemon && exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "$1"';
  return aDaemon(lab, ['sh', '-c', start, 'sh', file], ['0.0.0.0:5353']);
};

/** IKE version 2 on both ports, with no connection of its own. */
const strongswan: Start = (lab) => {
  const load = 'random nonce aes sha1 sha2 hmac kdf gmp pem pkcs1 x509 kernel-netlink socket-default';
  const config = `charon {\n  load = ${load}\n}\n`;
  const STRONGSWAN_CONF = `${aDirectory({ 'strongswan.conf': config })}/strongswan.conf`;
  return aDaemon(lab, ['/usr/lib/ipsec/charon'], ['0.0.0.0:500', '0.0.0.0:4500'], { STRONGSWAN_CONF });
};

/** With a certificate that it signed itself, and no tunnel device. */
const openvpn: Start = (lab) => {
  const directory = aDirectory();
  const [key, certificate] = [`${directory}/key.pem`, `${directory}/certificate.pem`];
  const subject = ['-subj', '/CN=lab', '-days', '2', '-keyout', key, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject], { stdio: 'ignore' });
  const tls = ['--tls-server', '--ca', certificate, '--cert', certificate, '--key', key, '--dh', 'none'];
  const where = ['--dev', 'null', '--proto', 'udp', '--local', address, '--port', '1194'];
  return aDaemon(lab, ['openvpn', ...where, ...tls], [`${address}:1194`]);
};

const xl2tpd: Start = (lab) => {
  const pool = '[lns default]\nip range = 10.99.0.2-10.99.0.9\nlocal ip = 10.99.0.1\n';
  const directory = aDirectory({ 'xl2tpd.conf': `[global]\nport = 1701\nlisten-addr = ${address}\n${pool}` });
  const files = ['-c', `${directory}/xl2tpd.conf`, '-s', `${directory}/none`, '-p', `${directory}/pid`];
  return aDaemon(lab, ['xl2tpd', '-D', ...files, '-C', `${directory}/control`], [`${address}:1701`]);
};

const coturn: Start = (lab) => {
  const quiet = ['-n', '--stun-only', '--no-cli', '--no-tls', '--no-dtls', '--log-file', 'stdout'];
  const command = ['turnserver', ...quiet, '-L', address, '-p', '3478', '--pidfile', `${aDirectory()}/pid`];
  return aDaemon(lab, command, [`${address}:3478`]);
};

const libcoap: Start = (lab) => aDaemon(lab, ['coap-server-openssl', '-A', address, '-p', '5683'], [`${address}:5683`]);

/** A SIP proxy that answers every request alike. */
const kamailio: Start = (lab) => {
  const script = 'loadmodule "sl.so"\nrequest_route {\n  sl_send_reply("200", "OK");\n}\n';
  const config = `log_stderror=yes\nfork=no\nchildren=1\nlisten=udp:${address}:5060\n${script}`;
  const directory = aDirectory({ 'kamailio.cfg': config });
  const command = ['kamailio', '-DD', '-E', '-f', `${directory}/kamailio.cfg`, '-P', `${directory}/pid`];
  return aDaemon(lab, command, [`${address}:5060`]);
};

/** The management controller that OpenIPMI simulates. */
const ipmiSim: Start = (lab) => {
  const methods = ['callback', 'user', 'operator', 'admin'].map((level) => `    allowed_auths_${level} none md2 md5`);
  const lan = ['  startlan 1', `    addr ${address} 623`, '    priv_limit admin', ...methods, '  endlan'].join('\n');
  const directory = aDirectory({
    'lan.conf': `name "lab"\nset_working_mc 0x20\n${lan}\n`,
    'lab.emu': 'mc_setbmc 0x20\nmc_add 0x20 0 no-device-sdrs 0x23 9 8 0x9f 0x1291 0xf02 persist_sdr\nmc_enable 0x20\n',
  });
  const command = ['ipmi_sim', '-n', '-c', `${directory}/lan.conf`, '-f', `${directory}/lab.emu`, '-s', directory];
  return aDaemon(lab, command, [`${address}:623`]);
};

/** NFS version 3 without an export: procedure 0 needs none. Needs rpcbind. */
const ganesha: Start = async (lab) => {
  await aDaemon(lab, ['rpcbind', '-f'], ['0.0.0.0:111']);
  const only = 'Protocols = 3; Enable_UDP = true; Enable_NLM = false; Enable_RQUOTA = false;';
  const directory = aDirectory();
  const config = `NFS_CORE_PARAM { ${only} }\nNFSV4 { RecoveryRoot = ${directory}; }\n`;
  const file = `${aDirectory({ 'ganesha.conf': config })}/ganesha.conf`;
  const start = 'mkdir /run/ganesha && exec ganesha.nfsd -F -f "$1" -L STDERR -p "$2"';
  await aDaemon(lab, ['sh', '-c', start, 'sh', file, `${directory}/pid`], ['*:2049']);
};

const wsdd2: Start = (lab) =>
  aDaemon(lab, ['wsdd2', '-4', '-W', '-i', name, '-N', 'LAB', '-G', 'LAB'], ['0.0.0.0:3702']);

/** A UPnP router. Nothing is sent to the outside address, which must only look public. */
const miniupnpd: Start = (lab) => {
  const uuid = 'fc4ec57e-28b1-11db-88f8-0060085db3f6';
  const config = `ext_ifname=${OUTSIDE}\nlistening_ip=${name}\next_ip=9.9.9.9\nhttp_port=5000\nuuid=${uuid}\n`;
  const directory = aDirectory({ 'miniupnpd.conf': config });
  const command = ['miniupnpd', '-d', '-f', `${directory}/miniupnpd.conf`, '-P', `${directory}/pid`];
  return aDaemon(lab, command, [`0.0.0.0%${name}:1900`]);
};

/** NetBIOS names, without the rest of Samba. */
const nmbd: Start = (lab) => {
  const directory = aDirectory();
  const kinds = ['lock', 'state', 'cache', 'private', 'pid', 'ncalrpc'];
  const places = kinds.map(
    (kind) => `${kind} ${kind === 'private' || kind === 'ncalrpc' ? 'dir' : 'directory'} = ${directory}`,
  );
  const config = ['[global]', 'netbios name = LAB', 'workgroup = LABS', `interfaces = ${name}`, ...places].join('\n');
  const file = `${aDirectory({ 'smb.conf': config })}/smb.conf`;
  const start = 'mkdir /run/samba && exec nmbd -F --no-process-group --debug-stdout -s "$1"';
  return aDaemon(lab, ['sh', '-c', start, 'sh', file], [`${address}:137`]);
};

/** Real servers by the ports that they answer on. */
export const SERVERS: Readonly<Record<string, Start>> = {
  '137': nmbd,
  '500,4500': strongswan,
  '623': ipmiSim,
  '1194': openvpn,
  '1701': xl2tpd,
  '1900': miniupnpd,
  '111,2049': ganesha,
  '3478': coturn,
  '3702': wsdd2,
  '5060': kamailio,
  '5353': avahi,
  '5683': libcoap,
};
