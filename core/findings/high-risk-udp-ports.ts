import { type HighRiskPort, highRiskList, type HighRiskRow } from './high-risk-port.ts';

const CISA = 'CISA TA14-017A, UDP-based amplification attacks';
const SHADOWSERVER = 'Shadowserver Foundation, accessible-service reports';
const NETWORK_DEVICES = 'CISA BOD 23-02, networked management interfaces';

/*
 * critical: commands without a password, to something that moves or that manages hardware.
 * high: data or administration behind at most a password, or an amplifier that has been used for the largest attacks.
 * medium: answers strangers with more than they sent, or tells what runs here.
 * An amplifier is a danger to others first: whoever forges a sender's address sends it the answers. Only what answers a question of ours is
 * here (core/scanning/udp/): of the CISA list that leaves out RIP, BitTorrent, Kad, Quake and Steam.
 */
// prettier-ignore
const ROWS: readonly HighRiskRow[] = [
  [17, 'qotd', 'medium', 'answers every datagram; amplifies up to 140 times', CISA],
  [19, 'chargen', 'medium', 'answers every datagram; amplifies up to 358 times', CISA],
  [53, 'dns', 'medium', 'a name server; one that resolves for strangers amplifies up to 54 times', CISA],
  [69, 'tftp', 'high', 'files without a password, often configurations of network devices; amplifies 60 times', CISA],
  [111, 'rpcbind', 'medium', 'lists RPC services such as NFS; amplifies up to 28 times', CISA],
  [123, 'ntp', 'medium', 'a time server; one that answers control queries amplifies up to 556 times', CISA],
  [137, 'netbios-ns', 'high', 'Windows names and shares; amplifies 4 times', CISA],
  [161, 'snmp', 'high', 'reads, with a guessed community also changes, the configuration of a device; amplifies 6 times', NETWORK_DEVICES],
  [389, 'cldap', 'high', 'the directory of a Windows domain; amplifies up to 70 times', CISA],
  [500, 'ike', 'medium', 'key exchange of a VPN; flaws in it were exploited from the internet (CVE-2016-6415)', SHADOWSERVER],
  [623, 'ipmi', 'critical', 'the board that manages the server; hands out password hashes to anybody', SHADOWSERVER],
  [1434, 'mssql-browser', 'high', 'lists SQL Server instances; wormed by Slammer; amplifies 25 times', SHADOWSERVER],
  [1701, 'l2tp', 'medium', 'tunnels of a VPN without its encryption', SHADOWSERVER],
  [1900, 'ssdp', 'medium', 'describes and lets configure devices at home; amplifies 30 times', CISA],
  [2049, 'nfs', 'high', 'file trees that trust the caller\'s address', 'IANA Service Name and Transport Protocol Port Number Registry'],
  [3702, 'ws-discovery', 'medium', 'describes devices such as cameras; amplifies up to 500 times', CISA],
  [4500, 'ike-nat-t', 'medium', 'key exchange of a VPN behind address translation', SHADOWSERVER],
  [5060, 'sip', 'medium', 'telephony; guessed at around the clock for free calls', SHADOWSERVER],
  [5353, 'mdns', 'medium', 'tells names and services of a local network; amplifies up to 10 times', CISA],
  [5683, 'coap', 'medium', 'sensors and actuators without a password; amplifies up to 34 times', SHADOWSERVER],
  [11211, 'memcached', 'high', 'the whole cache; no password; amplifies up to 51,000 times', CISA],
  [47808, 'bacnet', 'critical', 'building control: commands without a password', SHADOWSERVER],
];

/** UDP ports that should not be reachable from the internet, ascending by port. The list named `high-risk` for UDP. */
export const HIGH_RISK_UDP_PORTS: readonly HighRiskPort[] = highRiskList(ROWS);

/** Names of usual services that are not dangerous to expose by themselves (IANA registry). */
export const ORDINARY_UDP: ReadonlyMap<number, string> = new Map([
  [88, 'kerberos'],
  [443, 'quic'],
  [514, 'syslog'],
  [853, 'dns-quic'],
  [1194, 'openvpn'],
  [3478, 'stun'],
  [5349, 'stun-tls'],
  [51820, 'wireguard'],
]);
