import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import ipaddr from 'ipaddr.js';
import { messageOf } from '../../core/errors.ts';
import type { Address } from '../../core/net/address.ts';
import { carries, type PingKind } from '../../core/scanning/liveness/icmp.ts';
import { connectEngine } from '../../fargate-scanner/engines/connect/connect-engine.ts';
import { IcmpSocket } from '../../fargate-scanner/engines/liveness/icmp-socket.ts';
import { LinkSocket } from '../../fargate-scanner/engines/liveness/link-socket.ts';
import { Rtnetlink } from '../../fargate-scanner/engines/liveness/rtnetlink.ts';
import { linkIndexOf } from '../../fargate-scanner/engines/sockets/link-index.ts';
import { type Libc, loadLibc } from '../../fargate-scanner/engines/sockets/libc.ts';
import { type Check, ok, warn } from './check.ts';
import { familiesText, FAMILIES, type Family, LOOPBACK_DOWN, loopbackOf, scanLoopback } from './doctor-loopback.ts';

const TCP = 'TCP answers';
const ECHO = 'ICMP echo';
const TIMESTAMP = 'ICMP timestamp';
/** How the link is asked who has an address (RFC 826, RFC 4861). */
const LINK = { 4: 'ARP', 6: 'NDP' } as const;

const AS_ROOT = 'start it as root, or with the capability NET_RAW (containers: --cap-add NET_RAW)';
const NO_LIBC =
  'run the scanner on Linux with glibc and its packages (npm ci); until then liveness is told by TCP alone';
const WORD = 2 ** 32;
/** Loopback answers in microseconds; a busy machine may take longer. */
const [LOOKS, LOOK_MS] = [30, 10];

/** By which answers a host is found to be alive from here. Sends to this machine alone; sockets on other links are opened and closed. */
export async function checkLiveness(): Promise<Check[]> {
  const tcp = checkTcp();
  const libc = libcOr();
  if (typeof libc === 'string') {
    const others = [ECHO, TIMESTAMP, LINK[4], LINK[6]].map((name) => warn(name, `not tried: ${libc}`, NO_LIBC));
    return [await tcp, ...others];
  }
  return [await tcp, ...(await checkIcmp(libc)), ...FAMILIES.map((family) => checkLink(libc, family))];
}

function libcOr(): Libc | string {
  try {
    return loadLibc();
  } catch (thrown) {
    return messageOf(thrown);
  }
}

/** One port that accepts and one that refuses: both are answers. */
async function checkTcp(): Promise<Check> {
  const address = loopbackOf(4);
  if (address === null) return warn(TCP, ...LOOPBACK_DOWN);
  const [open, closed] = [createServer((socket) => socket.destroy()), createServer()];
  try {
    const ports = [await portOf(open, address), await portOf(closed, address)] as const;
    closed.close();
    const { states, stopped } = await scanLoopback(connectEngine(), address, ports);
    const seen = ports.map((port) => states.get(port) ?? 'nothing');
    if (seen.join() === 'open,closed') return ok(TCP, 'a connection and a refusal are heard on loopback');
    const found = stopped ?? `an open port was ${seen[0]}, a closed one ${seen[1]} on loopback`;
    return warn(TCP, found, "see whether this machine's firewall drops what it sends to itself");
  } catch (thrown) {
    return warn(TCP, messageOf(thrown), 'see the message');
  } finally {
    for (const server of [open, closed]) if (server.listening) server.close();
  }
}

async function portOf(server: Server, address: Address): Promise<number> {
  server.listen(0, address);
  await once(server, 'listening');
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('the listener has no port');
  return bound.port;
}

/** What came of pinging this machine. `denied`: the errnos of a raw socket and of a ping socket. */
interface Pinged {
  readonly family: Family;
  readonly raw: boolean;
  readonly denied: readonly [raw: string, ping: string] | null;
  readonly heard: ReadonlySet<PingKind>;
}

async function checkIcmp(libc: Libc): Promise<Check[]> {
  const all = (await Promise.all(FAMILIES.map((family) => ping(libc, family)))).filter((one) => one !== null);
  if (all.length === 0) return [ECHO, TIMESTAMP].map((name) => warn(name, ...LOOPBACK_DOWN));
  const four = all.find(({ family }) => family === 4);
  return [checkEcho(all), ...(four === undefined ? [] : [checkTimestamp(four)])];
}

function checkEcho(all: readonly Pinged[]): Check {
  const denied = all.filter((one) => one.denied !== null);
  const deaf = all.filter((one) => one.denied === null && !one.heard.has('icmp-echo'));
  const kind = all.every(({ raw }) => raw) ? 'raw sockets' : 'ping sockets';
  const named = (some: readonly Pinged[]): string => familiesText(some.map(({ family }) => family));
  const [refusal] = denied;
  if (refusal?.denied) {
    const [raw, own] = refusal.denied;
    const found = `not to ${named(denied)}: a raw socket is refused (${raw}), and so is a ping socket (${own})`;
    return warn(ECHO, found, `${AS_ROOT}, or let its group ping: sysctl net.ipv4.ping_group_range`);
  }
  if (deaf.length === 0) return ok(ECHO, `${named(all)}: answered on loopback, by ${kind}`);
  const found = `${named(deaf)}: this machine does not answer itself`;
  return warn(
    ECHO,
    found,
    "see net.ipv4.icmp_echo_ignore_all, net.ipv6.icmp.echo_ignore_all and this machine's firewall",
  );
}

function checkTimestamp({ raw, heard }: Pinged): Check {
  if (!raw) return warn(TIMESTAMP, 'not sent: it needs a raw socket', AS_ROOT);
  if (heard.has('icmp-timestamp')) return ok(TIMESTAMP, 'IPv4: answered on loopback, by a raw socket');
  return warn(TIMESTAMP, 'this machine does not answer itself', "see this machine's firewall");
}

/** Null: this machine has no such address. */
async function ping(libc: Libc, family: Family): Promise<Pinged | null> {
  const address = loopbackOf(family);
  if (address === null) return null;
  const socket = IcmpSocket.open(libc, family);
  if ('denied' in socket) return { family, raw: false, denied: socket.denied, heard: new Set() };
  try {
    const kinds: readonly PingKind[] = socket.raw && family === 4 ? ['icmp-echo', 'icmp-timestamp'] : ['icmp-echo'];
    const cookie = [randomInt(WORD), randomInt(WORD)] as const;
    const identifier = randomInt(0x1_0000);
    for (const [sequence, kind] of kinds.entries()) {
      socket.put(Uint8Array.from(ipaddr.parse(address).toByteArray()), { kind, identifier, sequence, cookie });
    }
    socket.flush();
    const heard = new Set<PingKind>();
    for (let look = 0; look < LOOKS && heard.size < kinds.length; look += 1) {
      await sleep(LOOK_MS);
      socket.drain((_, reply) => {
        if (carries(reply, cookie)) heard.add(reply.kind);
      });
    }
    return { family, raw: socket.raw, denied: null, heard };
  } finally {
    socket.close();
  }
}

/** Whether each Ethernet link can be asked who has an address: opens what asks there, and sends nothing. */
function checkLink(libc: Libc, family: Family): Check {
  const name = LINK[family];
  try {
    const kernel = new Rtnetlink(libc);
    try {
      const links = linksOf(kernel, family);
      if (links.length === 0) return ok(name, `no Ethernet link with an IPv${family} address: nobody to ask`);
      for (const { link, mac, address } of links) new LinkSocket(libc, link, { mac, address }).close();
      const names = links.map((one) => one.name).join(', ');
      return ok(name, `can ask on ${names} who has an IPv${family} address`);
    } catch (thrown) {
      const instead = 'only what connections make the kernel ask is read from its neighbour table';
      return warn(name, `no question of its own (${messageOf(thrown)}): ${instead}`, AS_ROOT);
    } finally {
      kernel.close();
    }
  } catch (thrown) {
    return warn(name, `the kernel's neighbour table cannot be read: ${messageOf(thrown)}`, 'allow netlink sockets');
  }
}

function linksOf(
  kernel: Rtnetlink,
  family: Family,
): { name: string; link: number; mac: Uint8Array; address: Uint8Array }[] {
  return Object.entries(networkInterfaces()).flatMap(([name, list]) => {
    const own = list?.find((one) => !one.internal && one.family === `IPv${family}`);
    if (own === undefined) return [];
    const link = linkIndexOf(name);
    const mac = kernel.ethernet(link);
    return mac === null ? [] : [{ name, link, mac, address: Uint8Array.from(ipaddr.parse(own.address).toByteArray()) }];
  });
}
