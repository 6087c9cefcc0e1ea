import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { messageOf } from '../../core/errors.ts';
import type { Address } from '../../core/net/address.ts';
import { udpEngine } from '../../fargate-scanner/engines/udp/udp-engine.ts';
import { type Check, ok, warn } from './check.ts';
import { familiesText, FAMILIES, type Family, LOOPBACK_DOWN, loopbackOf, scanLoopback } from './doctor-loopback.ts';

const ANSWERS = 'UDP answers';
const REFUSALS = 'UDP refusals';
const NO_ENGINE = 'run the scanner on Linux with glibc and its packages (npm ci); until then no UDP port is looked at';
const FIREWALL = "see whether this machine's firewall drops what it sends to itself";
/** Another process may take one of them meanwhile. */
const CLOSED_PORTS = 3;

interface Tried {
  readonly family: Family;
  readonly answered: boolean;
  readonly refused: boolean;
  /** Why the engine could not try. */
  readonly stopped: string | null;
}

/** Whether the UDP engine hears answers, and the ICMP errors that tell a closed port from a silent one. Sends to this machine alone. */
export async function checkUdp(): Promise<Check[]> {
  const tried = (await Promise.all(FAMILIES.map(tryFamily))).filter((one) => one !== null);
  if (tried.length === 0) return [ANSWERS, REFUSALS].map((name) => warn(name, ...LOOPBACK_DOWN));
  const [stopped] = tried.flatMap((one) => one.stopped ?? []);
  if (stopped !== undefined) {
    return [warn(ANSWERS, stopped, NO_ENGINE), warn(REFUSALS, 'not tried: there is no UDP engine', NO_ENGINE)];
  }
  const all = familiesText(tried.map(({ family }) => family));
  const deaf = familiesText(tried.filter(({ answered }) => !answered).map(({ family }) => family));
  const blind = familiesText(tried.filter(({ refused }) => !refused).map(({ family }) => family));
  return [
    deaf === ''
      ? ok(ANSWERS, `${all}: heard on loopback`)
      : warn(ANSWERS, `${deaf}: an answer on loopback was not heard, so open ports look silent`, FIREWALL),
    blind === ''
      ? ok(REFUSALS, `${all}: ICMP port unreachable is read on loopback, no privilege needed`)
      : warn(REFUSALS, `${blind}: no ICMP error is read on loopback, so closed ports look filtered`, FIREWALL),
  ];
}

/** Null: this machine has no such address. */
async function tryFamily(family: Family): Promise<Tried | null> {
  const address = loopbackOf(family);
  if (address === null) return null;
  const sockets: Socket[] = [];
  try {
    for (let i = 0; i <= CLOSED_PORTS; i += 1) sockets.push(await bound(address, family));
    const ports = sockets.map((socket) => socket.address().port);
    const [server, ...others] = sockets.splice(0);
    if (server === undefined) throw new RangeError('no socket was bound');
    sockets.push(server);
    for (const socket of others) socket.close();
    server.on('message', (_, from) => server.send('x', from.port, from.address, () => undefined));
    const { states, stopped } = await scanLoopback(udpEngine(), address, ports);
    const [open = 0, ...closed] = ports;
    const refused = closed.some((port) => states.get(port) === 'closed');
    return { family, answered: states.get(open) === 'open', refused, stopped };
  } catch (thrown) {
    return { family, answered: false, refused: false, stopped: messageOf(thrown) };
  } finally {
    for (const socket of sockets) socket.close();
  }
}

async function bound(address: Address, family: Family): Promise<Socket> {
  const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}
