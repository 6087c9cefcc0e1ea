import type { Settings } from '../config/settings.ts';
import { PortSet } from '../net/port-set.ts';
import { parsePorts } from '../net/ports-spec.ts';
import type { Protocol } from '../net/protocol.ts';
import { days, hours, minutes } from '../time.ts';
import type { TargetLabel } from './target-label.ts';

/** `open-ports`, `admitted-ports`: what the label says at each address, open there or let in by firewall rules. */
type TaskPorts = 'liveness' | 'high-risk' | 'all' | 'open-ports' | 'admitted-ports';

/** A row of the catalogue: label x ports x cadence x priority. */
export interface ScanTask {
  /** Number of the row in the catalogue of the design, as text; with a `u` the same for UDP. */
  readonly id: string;
  readonly name: string;
  readonly label: TargetLabel;
  readonly ports: TaskPorts;
  readonly protocol: Protocol;
  /** Default time between two starts, milliseconds. */
  readonly everyMs: number;
  /** Repeats at the configured cadence instead of `everyMs`. */
  readonly followsCadence: boolean;
  /** Not needed when a port list is configured: tasks 2 and 6 then sweep that whole list at every address. */
  readonly droppedByPortList: boolean;
  /** Connections tried at a port that does not answer open. */
  readonly tries: number;
  readonly timeoutMs: number;
  /** 1 is first; of tasks that are due together the lower number is dispatched first. */
  readonly priority: number;
  /** Most address x port pairs of one shard. */
  readonly maxShardProbes: number;
  /** Runs when Portcullis starts, without waiting for its first turn. */
  readonly firstRunAtStart: boolean;
}

/** Two SYNs: covers the loss of one (research/anchors-scanners.md section 1). */
const TWO_SYNS_MS = 1_250;
/** Three SYNs on Linux 6.5 and later, two before (same place): for the ports that matter most. */
const THREE_SYNS_MS = 2_250;
/** From a request over UDP to its answer: longer than a round trip takes before anything is known of it (1 s, RFC 6298). */
const UDP_ANSWER_MS = 1_500;
/** No kernel repeats a datagram that was lost, and these rows come seldom. */
const TWICE = 2;
/** A sweep probes once: twice as often beats twice at once, and a change is confirmed by probes of its own (research/anchors-performance.md 2.6). */
const ONCE = 1;
/** Address x port pairs: urgent work never waits long behind one shard. */
const SMALL_SHARD = 512;
const LARGE_SHARD = 2_048;

/** Ports whose answer, open or refused, shows that an address is alive (research/anchors-scanners.md 6.2). */
export const LIVENESS_PORTS = PortSet.of(22, 25, 53, 80, 443, 445, 3306, 3389, 6379, 8080, 8443, 9200);

const OWN_PORTS: Readonly<Record<TaskPorts, PortSet>> = {
  liveness: LIVENESS_PORTS,
  'high-risk': parsePorts('high-risk'),
  all: PortSet.ALL,
  'open-ports': PortSet.ALL,
  'admitted-ports': PortSet.ALL,
};

const HIGH_RISK_UDP = parsePorts('high-risk', 'udp');
/** A rule for every UDP port is not a reason to ask 65,535 of them: few have a protocol to be asked in. */
const OWN_UDP_PORTS: Readonly<Record<TaskPorts, PortSet>> = {
  ...OWN_PORTS,
  'high-risk': HIGH_RISK_UDP,
  'admitted-ports': HIGH_RISK_UDP,
};

/**
 * The tasks of the catalogue (design section 5) that start by the clock and need no service identification.
 * At start 0, 2 and 6 together look at every address, 4 at every known port and 1 finds what else listens. 9 has nothing to do where no
 * firewall rules of other machines are read. The rows for UDP come seldom: its high-risk list is short, and what is open there is looked at every hour.
 */
// prettier-ignore
export const TASKS: readonly ScanTask[] = [
  { id: '0', name: 'liveness', label: 'IP_ASSETS', ports: 'liveness', protocol: 'tcp', everyMs: minutes(10), followsCadence: true,
    droppedByPortList: false, tries: ONCE, timeoutMs: TWO_SYNS_MS, priority: 4, maxShardProbes: SMALL_SHARD, firstRunAtStart: true },
  { id: '1', name: 'full ports', label: 'IP_ONLINE', ports: 'all', protocol: 'tcp', everyMs: days(1), followsCadence: false,
    droppedByPortList: true, tries: ONCE, timeoutMs: TWO_SYNS_MS, priority: 6, maxShardProbes: LARGE_SHARD, firstRunAtStart: true },
  { id: '2', name: 'high-risk ports', label: 'IP_ONLINE', ports: 'high-risk', protocol: 'tcp', everyMs: minutes(10), followsCadence: true,
    droppedByPortList: false, tries: ONCE, timeoutMs: THREE_SYNS_MS, priority: 3, maxShardProbes: SMALL_SHARD, firstRunAtStart: true },
  { id: '4', name: 'state monitor', label: 'PORT_OPEN', ports: 'open-ports', protocol: 'tcp', everyMs: minutes(10), followsCadence: true,
    droppedByPortList: false, tries: ONCE, timeoutMs: THREE_SYNS_MS, priority: 1, maxShardProbes: SMALL_SHARD, firstRunAtStart: true },
  { id: '6', name: 'high-risk ports, back-stop', label: 'IP_OFFLINE', ports: 'high-risk', protocol: 'tcp', everyMs: hours(2), followsCadence: false,
    droppedByPortList: false, tries: ONCE, timeoutMs: TWO_SYNS_MS, priority: 5, maxShardProbes: SMALL_SHARD, firstRunAtStart: true },
  { id: '7', name: 'full ports, offline back-stop', label: 'IP_OFFLINE', ports: 'all', protocol: 'tcp', everyMs: days(7), followsCadence: false,
    droppedByPortList: true, tries: ONCE, timeoutMs: TWO_SYNS_MS, priority: 7, maxShardProbes: LARGE_SHARD, firstRunAtStart: false },
  { id: '8', name: 'full ports, back-stop', label: 'IP_ASSETS', ports: 'all', protocol: 'tcp', everyMs: days(7), followsCadence: false,
    droppedByPortList: true, tries: ONCE, timeoutMs: TWO_SYNS_MS, priority: 8, maxShardProbes: LARGE_SHARD, firstRunAtStart: false },
  { id: '9', name: 'admitted pairs', label: 'PORT_ADMITTED', ports: 'admitted-ports', protocol: 'tcp', everyMs: minutes(1), followsCadence: true,
    droppedByPortList: false, tries: ONCE, timeoutMs: TWO_SYNS_MS, priority: 2, maxShardProbes: SMALL_SHARD, firstRunAtStart: false },
  { id: '2u', name: 'high-risk UDP ports', label: 'IP_ONLINE', ports: 'high-risk', protocol: 'udp', everyMs: hours(6), followsCadence: false,
    droppedByPortList: false, tries: TWICE, timeoutMs: UDP_ANSWER_MS, priority: 9, maxShardProbes: SMALL_SHARD, firstRunAtStart: true },
  { id: '4u', name: 'state monitor of UDP', label: 'PORT_OPEN', ports: 'open-ports', protocol: 'udp', everyMs: hours(1), followsCadence: false,
    droppedByPortList: false, tries: TWICE, timeoutMs: UDP_ANSWER_MS, priority: 10, maxShardProbes: SMALL_SHARD, firstRunAtStart: false },
  { id: '6u', name: 'high-risk UDP ports, back-stop', label: 'IP_OFFLINE', ports: 'high-risk', protocol: 'udp', everyMs: days(1), followsCadence: false,
    droppedByPortList: false, tries: TWICE, timeoutMs: UDP_ANSWER_MS, priority: 11, maxShardProbes: SMALL_SHARD, firstRunAtStart: false },
  { id: '9u', name: 'admitted UDP pairs', label: 'PORT_ADMITTED', ports: 'admitted-ports', protocol: 'udp', everyMs: hours(1), followsCadence: false,
    droppedByPortList: false, tries: TWICE, timeoutMs: UDP_ANSWER_MS, priority: 12, maxShardProbes: SMALL_SHARD, firstRunAtStart: false },
];

/** Task 10 of the design: pairs that a change has just let in. Events start it, never the clock. */
export const ON_CHANGE = {
  id: '10',
  name: 'on change',
  label: 'PORT_ADMITTED',
  ports: 'admitted-ports',
  protocol: 'tcp',
  droppedByPortList: false,
  tries: ONCE,
  timeoutMs: TWO_SYNS_MS,
  maxShardProbes: SMALL_SHARD,
  /** Seconds from the first probe to each: until the pair answers, open or refused. */
  afterSeconds: [0, 3, 10, 30, 60, 120, 300],
} as const satisfies Omit<ScanTask, 'everyMs' | 'followsCadence' | 'priority' | 'firstRunAtStart'> & {
  afterSeconds: readonly number[];
};

/** More admitted ports than this at one address are a rule for everything: sweeping them again and again is what the full tasks are for. */
const MAX_FREQUENT_PORTS = 1_024;

/** What of the ports admitted at one address is worth probing often: all, or the high-risk ones of very many. */
export function frequentPart(admitted: PortSet, protocol: Protocol = 'tcp'): PortSet {
  const highRisk = (protocol === 'tcp' ? OWN_PORTS : OWN_UDP_PORTS)['high-risk'];
  return admitted.size <= MAX_FREQUENT_PORTS ? admitted : admitted.intersect(highRisk);
}

/** How often a task starts. Nothing repeats more often than the configured cadence. */
export function scheduleOf(task: ScanTask, settings: Pick<Settings, 'cadenceMs'>): { everyMs: number } {
  return { everyMs: task.followsCadence ? settings.cadenceMs : Math.max(task.everyMs, settings.cadenceMs) };
}

/**
 * The widest set of ports the task may probe at an address; null when the configured port list leaves it nothing to do.
 * A configured list is never exceeded: it takes the place of the high-risk list, and the liveness and open ports are cut to it. `ports` is the
 * list of TCP, `udpPorts` that of UDP, where the empty list is none at all.
 * For `open-ports` and `admitted-ports` probe what the label says, cut to this set.
 */
export function portsOf(
  task: Pick<ScanTask, 'ports' | 'protocol' | 'droppedByPortList'>,
  settings: Pick<Settings, 'ports' | 'udpPorts'>,
): PortSet | null {
  const isTcp = task.protocol === 'tcp';
  const configured = isTcp ? settings.ports : settings.udpPorts;
  if (configured !== null && task.droppedByPortList) return null;
  if (configured === null) return (isTcp ? OWN_PORTS : OWN_UDP_PORTS)[task.ports];
  const listed = configured === '' ? PortSet.EMPTY : parsePorts(configured, task.protocol);
  const ports = task.ports === 'liveness' ? LIVENESS_PORTS.intersect(listed) : listed;
  return ports.isEmpty ? null : ports;
}
