import { expect, it } from 'vitest';
import { Hosts } from '../../../../fargate-scanner/engines/syn/hosts/hosts.ts';
import type { Libc } from '../../../../fargate-scanner/engines/sockets/libc.ts';
import { Transmitter } from '../../../../fargate-scanner/engines/syn/sweep/transmitter.ts';
import { aWorkerJob } from '../../../builders/worker-job.ts';

const [EPERM, EAGAIN, ENOBUFS] = [1, 11, 105];

/** A netlink message: type, fixed part, attributes, in hexadecimal. */
function message(type: number, fixed: string, attributes: string): Buffer {
  const body = Buffer.from((fixed + attributes).replaceAll(' ', ''), 'hex');
  const head = Buffer.alloc(16);
  head.writeUInt32LE(16 + body.length, 0);
  head.writeUInt16LE(type, 4);
  return Buffer.concat([head, body]);
}

/** A way over interface 7 that is no Ethernet, and that interface, up or not. */
const ROUTE = message(24, '02 20 00 00 fe 00 00 01 00 02 00 00', '0800 0400 07000000 0800 0700 0a630001');
const link = (up: boolean): Buffer =>
  message(16, `00 00 feff 07000000 ${up ? '43100100' : '02100000'} 00000000`, `0500 2100 0${up ? 1 : 0}000000`);

/** The same interface as Ethernet, and a neighbour that the kernel does not know (ENOENT). */
const ETHERNET = message(16, '00 00 0100 07000000 43100100 00000000', '0a00 0100 020000000001 0000 0500 2100 01000000');
const NO_NEIGHBOUR = message(2, 'feffffff', '');

/** What the kernel does with a batch: takes so many packets, or refuses with an errno. */
type Kernel = { readonly takes: number } | { readonly errno: number };

function aScene(hostCount: number, kernel: (call: number) => Kernel, ethernet = false) {
  let [now, errno, calls, up] = [1_000, 0, 0, true];
  let asked: Uint8Array = new Uint8Array();
  const batches: number[] = [];
  const events: string[] = [];
  const libc: Libc = {
    socket: () => 3,
    setsockopt: () => 0,
    getsockopt: () => 0,
    bind: () => 0,
    close: () => 0,
    poll: () => 0,
    recvmmsg: () => -1,
    errno: () => errno,
    addressOf: () => 0n,
    send: (_fd, bytes) => {
      asked = bytes;
      return bytes.length;
    },
    recv: (_fd, bytes) => {
      const about = asked[4];
      const reply = about === 26 ? ROUTE : about === 30 ? NO_NEIGHBOUR : ethernet ? ETHERNET : link(up);
      reply.copy(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      return reply.length;
    },
    sendmmsg: (_fd, _headers, count) => {
      const done = kernel(calls);
      calls += 1;
      if ('errno' in done) {
        errno = done.errno;
        return -1;
      }
      batches.push(Math.min(done.takes, count));
      return Math.min(done.takes, count);
    },
  };
  const hosts = new Hosts(aWorkerJob({ hosts: hostCount, ports: '1-9', kernelOnly: !ethernet }));
  const transmitter = new Transmitter(libc, hosts, !ethernet, () => now, {
    unreachable: (host, reason) => events.push(`${host} ${reason}`),
    unsent: (host) => events.push(`${host} unsent`),
    congested: () => {
      events.push('congested');
      now += 150;
    },
  });
  const sendToAll = (): void => {
    for (let host = 0; host < hostCount; host += 1) {
      if (transmitter.ready(host, now)) transmitter.send(host, 61_000, 1 + host, now);
    }
    transmitter.flush();
  };
  return { batches, events, sendToAll, wait: (ms: number) => void (now += ms), unplug: () => void (up = false) };
}

it('a packet that the kernel has no room for is sent again, after the listening and slowing down it asks for', () => {
  const answers: Kernel[] = [{ takes: 1 }, { errno: ENOBUFS }, { errno: EAGAIN }, { takes: 1 }, { takes: 9 }];
  const { batches, events, sendToAll } = aScene(4, (call) => answers[call] ?? { takes: 9 });
  sendToAll();
  expect(batches).toEqual([1, 1, 2]);
  expect(events).toEqual(['congested', 'congested']);
});

it('a kernel that takes nothing for two seconds ends the scan with the reason', () => {
  const { events, sendToAll } = aScene(2, () => ({ errno: ENOBUFS }));
  expect(sendToAll).toThrow('ENOBUFS: the kernel takes no packets');
  // 150 ms each here.
  expect(events).toHaveLength(14);
});

it('a packet for which the kernel has no room to ask for a neighbour is taken back, and sent again in a second', () => {
  const answers: Kernel[] = [{ takes: 1 }, { errno: ENOBUFS }, { takes: 9 }];
  const { batches, events, sendToAll, wait } = aScene(4, (call) => answers[call] ?? { takes: 9 }, true);
  sendToAll();
  expect([batches, events]).toEqual([[1, 2], ['1 unsent']]);
  wait(900);
  sendToAll();
  expect(batches).toEqual([1, 2]);
  wait(200);
  sendToAll();
  // The others wait for their neighbours.
  expect([batches, events]).toEqual([[1, 2, 1], ['1 unsent']]);
});

it('a neighbour for which the kernel never has room is given up with the reason', () => {
  const { batches, events, sendToAll, wait } = aScene(1, () => ({ errno: ENOBUFS }), true);
  for (let i = 0; i < 30; i += 1) {
    sendToAll();
    wait(1_000);
  }
  expect(batches).toEqual([]);
  expect(events.slice(0, 21)).toEqual([...Array.from({ length: 20 }, () => '0 unsent'), '0 ENOBUFS']);
});

it('a kernel that has no room because the cable is out loses the hosts behind it, and no other', () => {
  const scene = aScene(2, () => ({ errno: ENOBUFS }));
  scene.unplug();
  scene.sendToAll();
  expect(scene.events).toEqual(['0 ENETDOWN', '1 ENETDOWN']);
  const later = aScene(2, (call) => {
    if (call === 1) later.unplug();
    return { errno: ENOBUFS };
  });
  later.sendToAll();
  expect(later.events).toEqual(['congested', '0 ENETDOWN', '1 ENETDOWN']);
});

it('a packet that is forbidden loses its host; the others of the batch go', () => {
  const answers: Kernel[] = [{ takes: 1 }, { errno: EPERM }, { takes: 9 }];
  const { batches, events, sendToAll } = aScene(4, (call) => answers[call] ?? { takes: 9 });
  sendToAll();
  expect(batches).toEqual([1, 2]);
  expect(events).toEqual(['1 EPERM']);
});
