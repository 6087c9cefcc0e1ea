import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { udpEngine } from '../../../fargate-scanner/engines/udp/udp-engine.ts';
import { describeWith } from '../../support/need.ts';
import { aJob, collect } from '../../support/scanner/engine.ts';

const ADDRESS = '127.9.8.5';
/** Most that fits in a datagram of IPv4. */
const MOST = 65_507;
const [COAP, MSSQL, SIP] = [5_683, 1_434, 5_060];

/** Answers each question on this port with all that `answersTo` gives. */
async function serve(port: number, answersTo: (question: Buffer) => readonly Buffer[]): Promise<void> {
  const socket = createSocket('udp4');
  onTestFinished(() => void socket.close());
  socket.on('message', (question, from) => {
    for (const answer of answersTo(question)) socket.send(answer, from.port, from.address);
  });
  socket.bind(port, ADDRESS);
  await once(socket, 'listening');
}

describeWith(['linux'], 'answers far larger than their question', () => {
  it('are read as far as they tell something, however many come', async () => {
    await serve(MSSQL, () => {
      const answer = Buffer.alloc(MOST, 'ServerName;LAB;InstanceName;ONE;');
      answer[0] = 5;
      answer.writeUInt16LE(MOST - 3, 1);
      return [answer];
    });
    await serve(SIP, (question) => {
      const id = /^Call-ID: .*$/m.exec(question.toString())?.[0] ?? '';
      return [Buffer.alloc(MOST, `SIP/2.0 200 OK\r\n${id}\r\nX-Filler: `)];
    });
    await serve(COAP, (question) => {
      const answer = Buffer.from(question);
      answer[0] = 0x70;
      return Array.from({ length: 2_000 }, () => answer);
    });
    const { seen, stateOf } = await collect(udpEngine(), aJob(`${MSSQL},${SIP},${COAP}`, { address: ADDRESS }));
    expect([MSSQL, SIP, COAP].map(stateOf)).toEqual(['open', 'open', 'open']);
    expect(seen.length).toBe(3);
  });
});
