/**
 * Answers ICMP echo requests seen on an interface with frames made by hand: `ping-forger.ts '{"device","forgeries"}'`. Prints `ready`, then
 * answers until it is ended. Whoever really has the address must keep silent.
 */
import { readFileSync } from 'node:fs';
import { internetChecksum } from '../../../core/scanning/liveness/checksum.ts';
import { AF_PACKET, ETH_P, MSG_DONTWAIT, SOCK_RAW } from '../../../fargate-scanner/engines/sockets/constants.ts';
import { loadLibc } from '../../../fargate-scanner/engines/sockets/libc.ts';
import { bindPacket, checked } from '../../../fargate-scanner/engines/sockets/sockets.ts';

export interface PingForgerJob {
  readonly device: string;
  /** Address -> how its reply is made: right, one thing wrong, from the address `stranger`, or an ICMP error of `stranger`. */
  readonly forgeries: Readonly<Record<string, 'right' | 'identifier' | 'payload' | 'source' | 'unreachable'>>;
  readonly stranger: string;
}

const [ETHERNET, IP, ECHO_AT] = [14, 20, 34];
const [REPLY, UNREACHABLE, REQUEST] = [0, 3, 8];
const job = JSON.parse(process.argv[2] ?? '{}') as PingForgerJob;
const libc = loadLibc();
const link = Number(readFileSync(`/sys/class/net/${job.device}/ifindex`, 'utf8'));
const fd = checked(libc, 'socket', libc.socket(AF_PACKET, SOCK_RAW, 0));
bindPacket(libc, fd, link, ETH_P[4]);

const put16 = (bytes: Buffer, at: number, value: number): void => void bytes.writeUInt16BE(value, at);

/** The frame turned round, with this ICMP message in it. */
function packetOf(request: Buffer, source: Buffer, message: Buffer): Buffer {
  const frame = Buffer.concat([request.subarray(0, ECHO_AT), message]);
  request.copy(frame, 0, 6, 12);
  request.copy(frame, 6, 0, 6);
  source.copy(frame, ETHERNET + 12);
  request.copy(frame, ETHERNET + 16, ETHERNET + 12, ETHERNET + 16);
  put16(frame, ETHERNET + 2, IP + message.length);
  put16(frame, ETHERNET + 10, 0);
  put16(frame, ETHERNET + 10, internetChecksum(frame.subarray(ETHERNET, ECHO_AT)));
  put16(frame, ECHO_AT + 2, 0);
  put16(frame, ECHO_AT + 2, internetChecksum(frame.subarray(ECHO_AT)));
  return frame;
}

function answer(request: Buffer): void {
  if (request[ETHERNET] !== 0x45 || request[ETHERNET + 9] !== 1 || request[ECHO_AT] !== REQUEST) return;
  const asked = request.subarray(ETHERNET + 16, ETHERNET + 20);
  const forgery = job.forgeries[asked.join('.')];
  if (forgery === undefined) return;
  const stranger = Buffer.from(job.stranger.split('.').map(Number));
  const message = Buffer.from(request.subarray(ECHO_AT));
  message[0] = REPLY;
  if (forgery === 'identifier') message[4] = (message[4] ?? 0) ^ 1;
  if (forgery === 'payload') message[15] = (message[15] ?? 0) ^ 1;
  const quoted = Buffer.concat([Buffer.from([UNREACHABLE, 1, 0, 0, 0, 0, 0, 0]), request.subarray(ETHERNET)]);
  const frame =
    forgery === 'unreachable'
      ? packetOf(request, stranger, quoted)
      : packetOf(request, forgery === 'source' ? stranger : asked, message);
  checked(libc, 'send', libc.send(fd, frame, frame.length, 0));
}

const received = Buffer.alloc(2_048);
setInterval(() => {
  for (;;) {
    const length = libc.recv(fd, received, received.length, MSG_DONTWAIT);
    if (length < 0) return;
    answer(Buffer.from(received.subarray(0, length)));
  }
}, 2);
console.log('ready');
