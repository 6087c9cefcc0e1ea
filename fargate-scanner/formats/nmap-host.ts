import { BadInput } from '../../core/errors.ts';
import { toAddress } from '../../core/net/address.ts';
import { PortSet } from '../../core/net/port-set.ts';
import { instantOfSeconds, type LeftOut, type Seen } from './seen.ts';

type Attributes = Readonly<Record<string, string>>;

/** Kinds of scan in which open and closed are answers: SYN and connect. In the others (ACK, FIN, window ...) they are guesses. */
const SURE = new Set(['syn', 'connect']);
/** Of the states nmap knows, those that say something alone; `open|filtered` and the like do not. */
const STATES = new Set(['open', 'closed', 'filtered']);

interface Context {
  readonly scanner: string;
  readonly startedAt: string | undefined;
  readonly leftOut: LeftOut;
  /** Hosts that are down are told too. */
  readonly down: boolean;
}

/** Ports of `<extraports>` of which only the number is told, as nmap before 7.92 did. */
interface Uncounted {
  readonly state: string;
  readonly count: number;
}

/** Collects one `<host>` of nmap's XML after the other, with the `<scaninfo>` before them. */
export class HostElement {
  #tcp = PortSet.EMPTY;
  #sure = true;
  #onlyTcp = true;
  #fresh = fresh();
  #extraState = '';
  #port: { number: number; protocol: string; state: string } | null = null;

  /** @throws BadInput for ports or addresses that do not exist */
  open(name: string, of: Attributes): void {
    const host = this.#fresh;
    if (name === 'scaninfo') this.#scan(of);
    else if (name === 'host') this.#begin(of);
    else if (name === 'status') host.down = of['state'] === 'down';
    else if (name === 'address' && of['addrtype']?.startsWith('ip') === true)
      host.address ??= addressIn(of['addr'] ?? '');
    else if (name === 'extraports') {
      this.#extraState = of['state'] ?? '';
      host.uncounted.push({ state: this.#extraState, count: Number(of['count'] ?? 0) });
    } else if (name === 'extrareasons' && of['ports'] !== undefined) this.#extra(of['ports'], of['proto'] ?? 'tcp');
    else if (name === 'port') {
      this.#port = { number: portIn(of['portid'] ?? ''), protocol: of['protocol'] ?? '', state: '' };
    } else if (name === 'state' && this.#port !== null) {
      this.#port.state = of['state'] ?? '';
      host.ports.push(this.#port);
    } else if (name === 'service' && this.#port?.protocol === 'tcp') {
      if (of['method'] === 'probed' || of['banner'] !== undefined) host.probed.push(this.#port.number);
    }
  }

  /** What the host that ends here proves; null when that is nothing. */
  close({ scanner, startedAt, leftOut, down }: Context): Seen | null {
    const host = this.#fresh;
    this.#fresh = fresh();
    this.#port = null;
    if (host.address === undefined) return null;
    if (host.down) return down ? downAt(host.address) : null;
    const [open, closed, filtered, answered]: [number[], number[], number[], number[]] = [[], [], [], []];
    for (const { number, protocol, state } of host.ports) {
      if (protocol === 'udp' && scanner === 'nmap' && state === 'open' && number > 0) answered.push(number);
      else if (protocol !== 'tcp') leftOut.add(protocol);
      else if (!this.#sure || !STATES.has(state) || (scanner !== 'nmap' && state !== 'open')) leftOut.add(state);
      else if (number > 0) (state === 'open' ? open : state === 'closed' ? closed : filtered).push(number);
    }
    for (const [protocol, ports] of host.otherExtra) leftOut.add(protocol, ports);
    const opened = PortSet.from(open);
    const connected = this.#connect ? opened : PortSet.from(host.probed).intersect(opened);
    let refused = PortSet.from(closed);
    let silent = PortSet.from(filtered);
    if (scanner === 'nmap' && this.#sure) {
      refused = refused.union(host.extra.closed).subtract(opened);
      silent = silent.union(host.extra.filtered);
      const rest = this.#told(host, opened.union(refused).union(silent));
      if (rest?.state === 'closed') refused = refused.union(rest.ports);
      else if (rest !== null) silent = silent.union(rest.ports);
      silent = host.timedOut ? PortSet.EMPTY : silent.subtract(opened).subtract(refused);
    }
    if ([opened, refused, silent].every((ports) => ports.isEmpty) && answered.length === 0) return null;
    const finishedAt = instantOfSeconds(host.end) ?? instantOfSeconds(startedAt) ?? null;
    return {
      address: host.address,
      connected,
      synAck: opened.subtract(connected),
      closed: refused,
      silent,
      ...(answered.length === 0 ? {} : { answered: PortSet.from(answered) }),
      startedAt: instantOfSeconds(host.start) ?? finishedAt,
      finishedAt,
    };
  }

  #connect = false;

  #begin({ starttime: start, endtime: end, timedout }: Attributes): void {
    this.#fresh = { ...fresh(), start, end, timedOut: timedout === 'true' };
  }

  #scan(of: Attributes): void {
    if (of['protocol'] !== 'tcp') {
      this.#onlyTcp = false;
      return;
    }
    this.#sure = SURE.has(of['type'] ?? '');
    this.#connect = of['type'] === 'connect';
    this.#tcp = portsIn(of['services'] ?? '');
  }

  #extra(text: string, protocol: string): void {
    const host = this.#fresh;
    const ports = portsIn(text);
    const told = host.uncounted.pop();
    if (told !== undefined && told.count > ports.size) host.uncounted.push({ ...told, count: told.count - ports.size });
    if (protocol !== 'tcp') host.otherExtra.push([protocol, ports.size]);
    else if (this.#extraState === 'closed') host.extra.closed = host.extra.closed.union(ports);
    else if (this.#extraState === 'filtered') host.extra.filtered = host.extra.filtered.union(ports);
    else if (ports.size > 0) host.otherExtra.push([this.#extraState, ports.size]);
  }

  /** Ports of which only a number is told are those asked for and not listed, if the numbers agree. Of two states, silence is the weaker claim. */
  #told(host: HostState, listed: PortSet): { state: string; ports: PortSet } | null {
    const rest = this.#tcp.subtract(listed);
    const states = new Set(host.uncounted.map(({ state }) => state));
    const count = host.uncounted.reduce((sum, told) => sum + told.count, 0);
    if (count === 0 || !this.#onlyTcp || count !== rest.size) return null;
    if ([...states].some((state) => state !== 'closed' && state !== 'filtered')) return null;
    return { state: states.size === 1 ? ([...states][0] ?? '') : 'filtered', ports: rest };
  }
}

function downAt(address: string): Seen {
  const none = PortSet.EMPTY;
  return {
    address,
    connected: none,
    synAck: none,
    closed: none,
    silent: none,
    down: true,
    startedAt: null,
    finishedAt: null,
  };
}

type HostState = ReturnType<typeof fresh>;

function fresh() {
  return {
    address: undefined as string | undefined,
    down: false,
    /** nmap gave it up (`--host-timeout`): a port that was not probed yet is called filtered like one that was silent. */
    timedOut: false,
    start: undefined as string | undefined,
    end: undefined as string | undefined,
    ports: [] as { number: number; protocol: string; state: string }[],
    probed: [] as number[],
    extra: { closed: PortSet.EMPTY, filtered: PortSet.EMPTY },
    otherExtra: [] as [string, number][],
    uncounted: [] as Uncounted[],
  };
}

/** Port 0 exists for nmap; nobody can connect to it. */
function portsIn(text: string): PortSet {
  return PortSet.parse(text).intersect(PortSet.ALL);
}

function portIn(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw new BadInput(`"${text}" is not a port: ports are 0 to 65535`);
  }
  return port;
}

function addressIn(text: string): string {
  const address = toAddress(text);
  if (address === undefined) throw new BadInput(`"${text}" is not an IP address`);
  return address;
}
