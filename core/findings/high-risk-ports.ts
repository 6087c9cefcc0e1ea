import type { Protocol } from '../net/protocol.ts';
import { EVERY_PORT } from '../net/every-port.ts';
import type { PortClass, Severity } from './finding.ts';
import { type HighRiskPort, highRiskList, type HighRiskRow } from './high-risk-port.ts';
import { HIGH_RISK_UDP_PORTS, ORDINARY_UDP } from './high-risk-udp-ports.ts';

const AWS = 'AWS Security Hub EC2.19, high-risk ports';
const ADVISOR = 'AWS Trusted Advisor, Security Groups - Specific Ports Unrestricted';
const CISA = 'CISA BOD 23-02, networked management interfaces';
const GOOGLE = 'Google Security Command Center, open-port findings';
const SHADOWSERVER = 'Shadowserver Foundation, accessible-service reports';
const KUBERNETES = 'Kubernetes documentation, Ports and Protocols';
const IANA = 'IANA Service Name and Transport Protocol Port Number Registry';

/*
 * critical: by default whoever connects is in control, no password asked.
 * high: data or administration behind at most a password, or without one in common set-ups.
 * medium: meant to be reachable by some people, a daily target of password guessing or of exploits.
 */
// prettier-ignore
const ROWS: readonly HighRiskRow[] = [
  // Remote administration
  [22, 'ssh', 'medium', 'a shell behind a password or a key; guessed at around the clock', CISA],
  [23, 'telnet', 'high', 'a shell in clear text, often with factory passwords', CISA],
  [512, 'rexec', 'high', 'remote commands in clear text', IANA],
  [513, 'rlogin', 'high', 'remote login that trusts the caller\'s address', CISA],
  [514, 'rsh', 'high', 'remote commands that trust the caller\'s address', CISA],
  [902, 'vmware-auth', 'high', 'VMware ESXi host management', 'VMware ESXi documentation, incoming firewall ports'],
  [3389, 'rdp', 'high', 'a Windows desktop behind a password; a usual way in for ransomware', CISA],
  [4899, 'radmin', 'high', 'remote control of a Windows desktop', SHADOWSERVER],
  [5555, 'adb', 'critical', 'Android Debug Bridge: a shell without a password', SHADOWSERVER],
  [5800, 'vnc-http', 'high', 'a desktop in a browser behind a short password', CISA],
  [5900, 'vnc', 'high', 'a desktop behind a short password or none', CISA],
  [5901, 'vnc', 'high', 'a desktop behind a short password or none', CISA],
  [5985, 'winrm', 'high', 'Windows remote commands over HTTP', 'Microsoft documentation, Windows Remote Management'],
  [5986, 'winrm-tls', 'high', 'Windows remote commands over HTTPS', 'Microsoft documentation, Windows Remote Management'],
  [6000, 'x11', 'high', 'a display whose keys and screen can be read', CISA],
  [8291, 'winbox', 'high', 'MikroTik router administration', 'MikroTik documentation, RouterOS services'],
  [10000, 'webmin', 'high', 'administration of the whole server in a browser', 'Webmin documentation'],
  [4786, 'smart-install', 'critical', 'Cisco Smart Install: the switch\'s configuration can be replaced', SHADOWSERVER],
  [7547, 'cwmp', 'high', 'TR-069 remote management of routers', SHADOWSERVER],
  // File sharing and directory
  [20, 'ftp-data', 'medium', 'files and passwords in clear text', AWS],
  [21, 'ftp', 'medium', 'files and passwords in clear text', AWS],
  [111, 'rpcbind', 'medium', 'lists RPC services such as NFS', SHADOWSERVER],
  [135, 'msrpc', 'high', 'Windows RPC end points, wormed before', AWS],
  [137, 'netbios-ns', 'high', 'Windows names and file sharing', GOOGLE],
  [138, 'netbios-dgm', 'high', 'Windows names and file sharing', GOOGLE],
  [139, 'netbios-ssn', 'high', 'Windows file sharing', GOOGLE],
  [389, 'ldap', 'high', 'users and groups of the directory', GOOGLE],
  [427, 'slp', 'high', 'Service Location Protocol; used against ESXi hosts', SHADOWSERVER],
  [445, 'smb', 'high', 'Windows file sharing, wormed by WannaCry', AWS],
  [548, 'afp', 'medium', 'Apple file sharing', SHADOWSERVER],
  [636, 'ldaps', 'medium', 'users and groups of the directory', GOOGLE],
  [873, 'rsync', 'high', 'file trees, often without a password', SHADOWSERVER],
  [2049, 'nfs', 'high', 'file trees that trust the caller\'s address', IANA],
  [3260, 'iscsi', 'high', 'raw disks, often without a password', IANA],
  // Databases and caches
  [1433, 'mssql', 'high', 'Microsoft SQL Server', AWS],
  [1434, 'mssql-browser', 'high', 'Microsoft SQL Server browser or admin connection', AWS],
  [1521, 'oracle', 'high', 'Oracle database listener', GOOGLE],
  [2483, 'oracle', 'high', 'Oracle database listener', GOOGLE],
  [2484, 'oracle-tls', 'high', 'Oracle database listener', GOOGLE],
  [3050, 'firebird', 'high', 'Firebird database with a well-known first password', IANA],
  [3306, 'mysql', 'high', 'MySQL or MariaDB database', AWS],
  [4333, 'msql', 'high', 'mSQL database', ADVISOR],
  [5432, 'postgresql', 'high', 'PostgreSQL database', AWS],
  [5984, 'couchdb', 'high', 'CouchDB over HTTP; version 1 lets everyone be administrator', SHADOWSERVER],
  [6379, 'redis', 'high', 'data and, by its CONFIG command, files of the host; no password by default', GOOGLE],
  [7474, 'neo4j', 'high', 'Neo4j graph database and its browser', 'Neo4j operations manual, Ports'],
  [7687, 'neo4j-bolt', 'high', 'Neo4j graph database', 'Neo4j operations manual, Ports'],
  [8086, 'influxdb', 'high', 'InfluxDB over HTTP; version 1 asks no password by default', 'InfluxDB documentation, Ports'],
  [8123, 'clickhouse', 'high', 'ClickHouse over HTTP; user default has no password', 'ClickHouse documentation, Network ports'],
  [9042, 'cassandra', 'high', 'Cassandra database; no password by default', GOOGLE],
  [9160, 'cassandra-thrift', 'high', 'Cassandra database; no password by default', GOOGLE],
  [9200, 'elasticsearch', 'high', 'every index, to read and to delete; no password before version 8', AWS],
  [9300, 'elasticsearch-node', 'high', 'the cluster\'s own transport', AWS],
  [11211, 'memcached', 'high', 'the whole cache; no password', GOOGLE],
  [26379, 'redis-sentinel', 'high', 'can make another host the Redis master', 'Redis documentation, Sentinel'],
  [27017, 'mongodb', 'high', 'MongoDB; emptied and held to ransom many times', GOOGLE],
  [27018, 'mongodb-shard', 'high', 'MongoDB shard member', GOOGLE],
  [27019, 'mongodb-config', 'high', 'MongoDB configuration server', GOOGLE],
  [50000, 'db2', 'high', 'IBM Db2 database, or the agents\' port of Jenkins', 'IBM Db2 documentation; Jenkins documentation'],
  // Containers, clusters, orchestration
  [2375, 'docker', 'critical', 'the Docker API without TLS: root on the host', SHADOWSERVER],
  [2376, 'docker-tls', 'high', 'the Docker API: root on the host for any accepted certificate', 'Docker documentation, Protect the Docker daemon socket'],
  [2377, 'docker-swarm', 'high', 'Docker swarm management', 'Docker documentation, Swarm mode'],
  [2379, 'etcd', 'critical', 'all state and secrets of a cluster', KUBERNETES],
  [2380, 'etcd-peer', 'high', 'etcd\'s own replication', KUBERNETES],
  [6443, 'kubernetes', 'medium', 'Kubernetes API server', KUBERNETES],
  [10250, 'kubelet', 'critical', 'commands in every container of the node when anonymous access is on', KUBERNETES],
  [10255, 'kubelet-read', 'high', 'pods and their environment, without a password', 'NSA and CISA, Kubernetes Hardening Guide'],
  [4646, 'nomad', 'critical', 'runs jobs on the cluster; no access control by default', 'HashiCorp Nomad documentation, Ports'],
  [8200, 'vault', 'high', 'Vault: the organisation\'s secrets', 'HashiCorp Vault documentation, listener'],
  [8500, 'consul', 'high', 'Consul: service registry, keys and health-check commands', 'HashiCorp Consul documentation, Ports'],
  [4505, 'salt-publish', 'high', 'Salt master', 'CISA known exploited vulnerabilities, CVE-2020-11651'],
  [4506, 'salt-request', 'critical', 'Salt master: commands on every minion (CVE-2020-11651)', 'CISA known exploited vulnerabilities, CVE-2020-11651'],
  [2181, 'zookeeper', 'high', 'state of Kafka, Hadoop and others; no password by default', 'Apache ZooKeeper administrator\'s guide'],
  // Message brokers
  [1883, 'mqtt', 'high', 'messages of every device, in clear text', SHADOWSERVER],
  [4222, 'nats', 'high', 'NATS messages', 'NATS documentation, configuration'],
  [4369, 'epmd', 'high', 'Erlang port mapper: leads to RabbitMQ and CouchDB nodes', SHADOWSERVER],
  [5672, 'amqp', 'high', 'RabbitMQ messages, with a well-known first account', SHADOWSERVER],
  [9092, 'kafka', 'high', 'Kafka; no password by default', 'Prowler, ingress from the internet to Kafka 9092'],
  [15672, 'rabbitmq-admin', 'high', 'RabbitMQ administration', 'RabbitMQ documentation, Networking'],
  [61616, 'activemq', 'critical', 'ActiveMQ OpenWire, exploited through CVE-2023-46604', SHADOWSERVER],
  [1801, 'msmq', 'high', 'Microsoft Message Queuing (CVE-2023-21554)', SHADOWSERVER],
  // Industrial and building control
  [102, 's7', 'critical', 'Siemens S7 controllers: commands without a password', SHADOWSERVER],
  [502, 'modbus', 'critical', 'Modbus controllers: commands without a password', SHADOWSERVER],
  [1911, 'niagara-fox', 'critical', 'building control', SHADOWSERVER],
  [2404, 'iec-104', 'critical', 'power grid telecontrol without a password', SHADOWSERVER],
  [20000, 'dnp3', 'critical', 'DNP3 telecontrol without a password', IANA],
  [20256, 'pcom', 'critical', 'Unitronics controllers with a well-known password', 'CISA AA23-335A'],
  [44818, 'ethernet-ip', 'critical', 'industrial controllers: commands without a password', SHADOWSERVER],
  // Consoles and development servers
  [3000, 'web-dev', 'medium', 'Grafana or a development server of Node.js, Ruby or Go', AWS],
  [5000, 'web-dev', 'medium', 'a development server of Python, or a container registry', AWS],
  [5005, 'jdwp', 'critical', 'Java debugger: runs code without a password', 'Oracle JDK documentation, JPDA connection and invocation'],
  [5601, 'kibana', 'high', 'Kibana or OpenSearch Dashboards: the data behind them', AWS],
  [7001, 'weblogic', 'high', 'Oracle WebLogic and its console, exploited often', 'CISA known exploited vulnerabilities, CVE-2020-14882'],
  [8009, 'ajp', 'high', 'Tomcat\'s inner protocol, reads files through CVE-2020-1938', 'CISA known exploited vulnerabilities, CVE-2020-1938'],
  [8080, 'http-alt', 'medium', 'an admin console such as Jenkins or Tomcat, or an open proxy', AWS],
  [8081, 'http-alt', 'medium', 'an admin console such as Nexus or Flink', 'Apache Flink documentation, configuration'],
  [8088, 'yarn', 'high', 'Hadoop YARN: runs jobs without a password', AWS],
  [8161, 'activemq-admin', 'high', 'ActiveMQ administration with a well-known first password', 'Apache ActiveMQ documentation, Web console'],
  [8443, 'https-alt', 'medium', 'an admin console such as Plesk or UniFi', 'Plesk documentation, Ports used by Plesk'],
  [8888, 'jupyter', 'high', 'Jupyter: code on the host', AWS],
  [8983, 'solr', 'high', 'Apache Solr; no password by default', 'Apache Solr reference guide'],
  [9000, 'http-admin', 'medium', 'an admin console such as Portainer, MinIO or SonarQube', 'Portainer documentation; MinIO documentation'],
  [9090, 'http-admin', 'medium', 'Prometheus or Cockpit', GOOGLE],
  [9443, 'https-admin', 'medium', 'an admin console such as Portainer or vCenter', 'Portainer documentation'],
  [1099, 'java-rmi', 'high', 'Java RMI registry: loads foreign code in old versions', IANA],
  [9229, 'node-inspector', 'critical', 'Node.js debugger: runs code without a password', 'Node.js documentation, Debugging'],
  [11434, 'ollama', 'high', 'language models without a password', 'Ollama documentation, FAQ'],
  // Proxies, printers, other
  [25, 'smtp', 'medium', 'a mail server; a relay when set up wrongly', AWS],
  [110, 'pop3', 'medium', 'mail and passwords in clear text', AWS],
  [143, 'imap', 'medium', 'mail and passwords in clear text', AWS],
  [631, 'ipp', 'medium', 'printing', SHADOWSERVER],
  [1080, 'socks', 'medium', 'an open relay into the network', SHADOWSERVER],
  [3128, 'http-proxy', 'medium', 'an open relay into the network', 'Squid documentation, http_port'],
  [5500, 'fcp-addr-srvr1', 'medium', 'a port AWS restricts by default; VNC viewers listen there', ADVISOR],
  [9100, 'jetdirect', 'medium', 'raw printing, or host metrics of node_exporter', IANA],
];

/** TCP ports that should not be reachable from the internet, ascending by port. The list named `high-risk`. */
export const HIGH_RISK_PORTS: readonly HighRiskPort[] = highRiskList(ROWS);

const byPort = (list: readonly HighRiskPort[]): ReadonlyMap<number, HighRiskPort> =>
  new Map(list.map((entry) => [entry.port, entry]));
const BY_PORT = { tcp: byPort(HIGH_RISK_PORTS), udp: byPort(HIGH_RISK_UDP_PORTS) };

/** Names of usual services that are not dangerous to expose by themselves (IANA registry). */
const ORDINARY_TCP: ReadonlyMap<number, string> = new Map([
  [53, 'dns'],
  [80, 'http'],
  [88, 'kerberos'],
  [179, 'bgp'],
  [443, 'https'],
  [465, 'smtps'],
  [587, 'submission'],
  [853, 'dns-tls'],
  [993, 'imaps'],
  [995, 'pop3s'],
  [1723, 'pptp'],
  [5060, 'sip'],
  [8000, 'http-alt'],
  [8883, 'mqtt-tls'],
]);

const ORDINARY = { tcp: ORDINARY_TCP, udp: ORDINARY_UDP };

/** Name of the service that usually listens on this port; null when none is usual. */
export function serviceName(port: number, protocol: Protocol = 'tcp'): string | null {
  return BY_PORT[protocol].get(port)?.service ?? ORDINARY[protocol].get(port) ?? null;
}

export interface ClassOfPort {
  readonly class: PortClass;
  readonly severity: Severity;
  readonly service: string | null;
  readonly why: string;
}

/** Whoever answers everywhere also does so where it is dangerous, and hides what really listens. */
const EVERY: ClassOfPort = {
  class: 'high-risk-port',
  severity: 'high',
  service: 'every port',
  why: 'answers on every port, so that nobody can tell what listens',
};

/**
 * What an open port means by its number alone: listed is `high-risk-port` with the list's severity, anything else `risk-port`,
 * severity low. Knows nothing of the asset: `judge` lowers the severity to info where nothing outside can reach it.
 */
export function classOf(port: number, protocol: Protocol = 'tcp'): ClassOfPort {
  if (port === EVERY_PORT) return EVERY;
  const listed = BY_PORT[protocol].get(port);
  if (listed) return { class: 'high-risk-port', severity: listed.severity, service: listed.service, why: listed.why };
  return {
    class: 'risk-port',
    severity: 'low',
    service: serviceName(port, protocol),
    why: 'open, and not on the high-risk list',
  };
}
