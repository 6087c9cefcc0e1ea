import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

/** Answers every DNS question with REFUSED, as a name server does that serves others (RFC 1035 section 4.1.1). */
function refuse(question: Buffer): Buffer | null {
  if (question.length < 12) return null;
  const answer = Buffer.from(question);
  answer.writeUInt16BE(0x8005, 2);
  return answer;
}

/** The answer of a time server to a client (RFC 5905 section 7.3): its mode, and when the client asked by the client's clock. */
function tellTime(question: Buffer): Buffer | null {
  if (question.length < 48 || ((question[0] ?? 0) & 7) !== 3) return null;
  const answer = Buffer.alloc(48);
  answer[0] = 0x24;
  question.copy(answer, 24, 40, 48);
  return answer;
}

const SERVICES = { dns: refuse, ntp: tellTime } as const;

/** A server of that protocol, and what it was asked. */
export interface UdpServer {
  readonly questions: Buffer[];
  close(): Promise<void>;
}

export async function serveUdp(service: keyof typeof SERVICES, address: string, port: number): Promise<UdpServer> {
  const socket: Socket = createSocket('udp4');
  const questions: Buffer[] = [];
  socket.on('message', (question, from) => {
    questions.push(question);
    const answer = SERVICES[service](question);
    if (answer !== null) socket.send(answer, from.port, from.address);
  });
  socket.bind(port, address);
  await once(socket, 'listening');
  return {
    questions,
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

const DNS = Buffer.alloc(17).fill(7, 0, 1);
const NTP = Buffer.alloc(48).fill(0x23, 0, 1);
/** The command `version` in memcached's frame for UDP. */
const MEMCACHED = Buffer.from('\0\x07\0\0\0\x01\0\0version\r\n', 'latin1');
/** Discovery of SNMPv3's engine, as net-snmp 5.9 begins `snmpget -v3` (RFC 3414 section 4). */
const SNMP = Buffer.from(
  '303a020103300f02024a69020300ffe3040104020103' +
    '0410300e0400020100020100040004000400' +
    '301204000400a00c02020b5f0201000201003000',
  'hex',
);
const QUESTIONS = { dns: DNS, ntp: NTP, memcached: MEMCACHED, snmp: SNMP } as const;

/** What a client of the port sees: `answered`, the errno of the refusal, or `silent`. */
export async function askUdp(service: keyof typeof QUESTIONS, address: string, port: number): Promise<string> {
  const socket = createSocket('udp4');
  try {
    socket.connect(port, address);
    await once(socket, 'connect');
    const heard = new Promise<string>((resolve) => {
      socket.once('message', () => resolve('answered'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      setTimeout(resolve, 1_500, 'silent');
    });
    socket.send(QUESTIONS[service]);
    return await heard;
  } finally {
    socket.close();
  }
}
