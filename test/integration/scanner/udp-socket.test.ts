import { expect, it, onTestFinished } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { type Libc, loadLibc } from '../../../fargate-scanner/engines/sockets/libc.ts';
import { keyOf, UdpSocket } from '../../../fargate-scanner/engines/udp/udp-socket.ts';
import { describeWith } from '../../support/need.ts';
import { aClosedUdpPort, aUdpResponder } from '../../support/scanner/udp.ts';

const LOOPBACK = { 4: Uint8Array.of(127, 0, 0, 1), 6: Uint8Array.of(...Array.from({ length: 15 }, () => 0), 1) };
const NOTHING = new Uint8Array(0);
const TEXT = { 4: '127.0.0.1', 6: '::1' } as const;

function aSocket(family: 4 | 6, avoid = PortSet.EMPTY): UdpSocket {
  const socket = new UdpSocket(loadLibc(), family, avoid);
  onTestFinished(() => socket.close());
  return socket;
}

/** What came, as texts; waits until `enough` have. */
async function heard(socket: UdpSocket, enough: number): Promise<string[]> {
  const all: string[] = [];
  for (let left = 200; left > 0 && all.length < enough; left -= 1) {
    socket.drain({
      answered: (from, port, datagram) =>
        all.push(`${Buffer.from(from, 'latin1').toString('hex')} ${port} ${datagram.length} bytes`),
      refused: (to, port, { reason }, sender) =>
        all.push(
          `${Buffer.from(to, 'latin1').toString('hex')} ${port} ${reason} of ${Buffer.from(sender, 'latin1').toString('hex')}`,
        ),
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return all;
}

describeWith(['linux', 'ipv6'], 'one socket for all probes', () => {
  it.each([4, 6] as const)(
    'hears answers and ICMP errors of every destination over IPv%i, each with its port',
    async (family) => {
      const socket = aSocket(family);
      const { port: open } = await aUdpResponder(TEXT[family]);
      const closed = [await aClosedUdpPort(TEXT[family]), await aClosedUdpPort(TEXT[family])];
      // The error about one port stands before the next datagram, and must not keep it.
      for (const port of [...closed, open]) expect(socket.send(LOOPBACK[family], port, NOTHING)).toBe(null);
      const key = Buffer.from(keyOf(LOOPBACK[family]), 'latin1').toString('hex');
      expect(new Set(await heard(socket, 3))).toEqual(
        new Set([...closed.map((port) => `${key} ${port} icmp-port-unreachable of ${key}`), `${key} ${open} 1 bytes`]),
      );
    },
  );

  it('says why a datagram did not leave', () => {
    // 255.255.255.255 needs a permission of its own.
    expect(aSocket(4).send(Uint8Array.of(255, 255, 255, 255), 9, NOTHING)).toMatch(/^(?:EACCES|ENETUNREACH)$/);
  });

  it('sends although ICMP errors about earlier datagrams come in between, and gives up on what stays', () => {
    const real = loadLibc();
    const [refused, noWay] = [111, 113];
    const pending: number[] = [];
    let errno = 0;
    const libc: Libc = {
      ...real,
      sendmmsg: (...args) => {
        errno = pending.shift() ?? 0;
        return errno === 0 ? real.sendmmsg(...args) : -1;
      },
      errno: () => (errno === 0 ? real.errno() : errno),
    };
    const socket = new UdpSocket(libc, 4, PortSet.EMPTY);
    onTestFinished(() => socket.close());
    pending.push(refused, refused, refused, noWay, noWay);
    expect(socket.send(LOOPBACK[4], 9, NOTHING)).toBe(null);
    pending.push(...Array.from({ length: 100 }, () => noWay));
    expect(socket.send(LOOPBACK[4], 9, NOTHING)).toBe('EHOSTUNREACH');
    // This machine's own refusal is no ICMP error, and is not asked twice.
    pending.splice(0, pending.length, 1, 1);
    expect(socket.send(LOOPBACK[4], 9, NOTHING)).toBe('EPERM');
    expect(pending).toEqual([1]);
  });

  it('has a port of its own that is not among those it asks', () => {
    const avoided = PortSet.fromRanges([[49_152, 60_000]]);
    for (let i = 0; i < 20; i += 1) expect(avoided.has(aSocket(4, avoided).port)).toBe(false);
  });

  it('knows when there was no room for what came: datagrams, and ICMP errors, which the kernel does not count', async () => {
    const socket = aSocket(4);
    const closed = await aClosedUdpPort();
    expect(socket.drops()).toBe(0);
    for (let i = 0; i < 30_000; i += 1) socket.send(LOOPBACK[4], closed, NOTHING);
    expect(socket.drops()).toBeGreaterThan(0);
    while ((await heard(socket, 1)).length > 1) continue;
    expect(socket.drops()).toBe(0);
    for (let i = 0; i < 30_000; i += 1) socket.send(LOOPBACK[4], socket.port, NOTHING);
    expect(socket.drops()).toBeGreaterThan(1_000);
  });
});
