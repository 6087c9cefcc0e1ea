import { constants } from 'node:os';
import { describe, expect, it } from 'vitest';
import { PortSet } from '../../../../core/net/port-set.ts';
import { Responders } from '../../../../core/scanning/liveness/responders.ts';
import type { Engine, EngineEvent, PortState } from '../../../../fargate-scanner/engines/engine.ts';
import { livenessEngine } from '../../../../fargate-scanner/engines/liveness/liveness-engine.ts';
import type { Libc } from '../../../../fargate-scanner/engines/sockets/libc.ts';

const [ANSWERS, REFUSES, SILENT] = ['192.0.2.1', '192.0.2.2', '2001:db8::3'];
const { EACCES, ENOBUFS, EPERM } = constants.errno;
const [AF_INET6, AF_NETLINK, SOCK_RAW] = [10, 16, 3];

const STATES: Readonly<Record<string, PortState>> = { [ANSWERS]: 'open', [REFUSES]: 'closed', [SILENT]: 'filtered' };

/** Ends at once: the first address has an open port, the second refuses, the third is silent. */
const tcp: Engine = {
  name: 'fake',
  async *scan({ targets }) {
    const observations = targets.map(({ address }) => {
      const state = STATES[address] ?? 'unknown';
      return { address, ports: [22], state, reason: 'fake', rttMs: state === 'open' ? 3 : null, tries: 1 };
    });
    yield { kind: 'observations', observations };
    yield { kind: 'done', complete: true, probes: targets.length };
  },
};

/** A C library where every call works and nothing is ever received. */
function quietLibc(over: Partial<Libc> = {}): Libc {
  const works = (): number => 0;
  return {
    socket: () => 7,
    setsockopt: works,
    getsockopt: works,
    bind: works,
    send: works,
    recv: works,
    sendmmsg: (_fd, _headers, count) => count,
    recvmmsg: works,
    poll: works,
    close: works,
    errno: () => EPERM,
    addressOf: () => 0n,
    ...over,
  };
}

async function look(
  loadLibc: () => Libc,
  ports: Engine = tcp,
): Promise<{ alive: Record<string, string>; done: EngineEvent | undefined }> {
  const engine = livenessEngine({ tcp: ports, responders: new Responders(), loadLibc });
  const targets = [ANSWERS, REFUSES, SILENT].map((address) => ({ address, ports: PortSet.of(22), rate: null }));
  const job = { targets, tries: 1, timeoutMs: 60, rate: 10_000, shared: null, seed: 1 };
  const events: EngineEvent[] = [];
  for await (const event of engine.scan(job, new AbortController().signal)) events.push(event);
  const alive = events.flatMap((event) => (event.kind === 'alive' ? [[event.address, event.how]] : []));
  return { alive: Object.fromEntries(alive) as Record<string, string>, done: events.at(-1) };
}

it("takes no router's word that a port is closed for life of the address", async () => {
  const refusing = (reason: string): Engine => ({
    name: 'fake',
    async *scan({ targets }) {
      const states = { state: 'closed', reason, rttMs: null, tries: 1 } as const;
      yield { kind: 'observations', observations: targets.map(({ address }) => ({ address, ports: [22], ...states })) };
      yield { kind: 'done', complete: true, probes: targets.length };
    },
  });
  expect((await look(quietLibc, refusing('icmp-port-unreachable'))).alive).toEqual({});
  expect((await look(quietLibc, refusing('rst'))).alive[ANSWERS]).toBe('tcp');
});

const BY_TCP = { [ANSWERS]: 'tcp', [REFUSES]: 'tcp' };
const DONE = { kind: 'done', complete: true, probes: 3 };

describe('the liveness engine where not everything works', () => {
  it('has TCP left without a C library', async () => {
    const { alive, done } = await look(() => {
      throw new Error('koffi has no build for this machine');
    });
    expect(alive).toEqual(BY_TCP);
    expect(done).toEqual({ ...DONE, missing: ['neither ICMP nor ARP: koffi has no build for this machine'] });
  });

  it('has TCP left where no socket opens, and names each', async () => {
    let errno = EPERM;
    const socket: Libc['socket'] = (_family, type) => {
      errno = type === SOCK_RAW ? EPERM : EACCES;
      return -1;
    };
    const { alive, done } = await look(() => quietLibc({ socket, errno: () => errno }));
    expect(alive).toEqual(BY_TCP);
    const icmp = (family: number): string =>
      `no ICMP to IPv${family}: a raw socket needs CAP_NET_RAW (EPERM), a ping socket a group of net.ipv4.ping_group_range (EACCES)`;
    expect(done).toEqual({ ...DONE, missing: ['no ARP: socket(AF_NETLINK): EPERM', icmp(4), icmp(6)] });
  });

  it('pings without knowing the way where only netlink is refused', async () => {
    const sent: number[] = [];
    const { alive, done } = await look(() =>
      quietLibc({
        socket: (family) => (family === AF_NETLINK ? -1 : family),
        sendmmsg: (fd, _headers, count) => {
          sent.push(...Array.from({ length: count }, () => fd));
          return count;
        },
      }),
    );
    expect([alive, done]).toEqual([BY_TCP, { ...DONE, missing: ['no ARP: socket(AF_NETLINK): EPERM'] }]);
    // Three echoes to the silent one.
    expect(sent.filter((fd) => fd === AF_INET6)).toHaveLength(3);
  });

  it('goes on when the kernel stops telling the way, and says so', async () => {
    const { alive, done } = await look(() => quietLibc({ send: () => -1 }));
    expect(alive).toEqual(BY_TCP);
    expect(done).toEqual({ ...DONE, missing: ['pings ended early: send(netlink): EPERM'] });
  });

  it('loses its pings and nothing else when the kernel takes no packet', async () => {
    const { alive, done } = await look(() =>
      quietLibc({
        socket: (family) => (family === AF_NETLINK ? -1 : family),
        sendmmsg: () => -1,
        errno: () => ENOBUFS,
      }),
    );
    expect([alive, done]).toEqual([BY_TCP, { ...DONE, missing: ['no ARP: socket(AF_NETLINK): ENOBUFS'] }]);
  });
});
