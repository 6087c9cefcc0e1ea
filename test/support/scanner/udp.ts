import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

async function bound(address: string): Promise<Socket> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, address);
  await once(socket, 'listening');
  return socket;
}

/** Answers every datagram with one byte until the test ends. `sources`: the port each came from. */
export async function aUdpResponder(address = '127.0.0.1'): Promise<{ port: number; sources: number[] }> {
  const socket = await bound(address);
  const sources: number[] = [];
  socket.on('message', (_, from) => {
    sources.push(from.port);
    socket.send('x', from.port, from.address);
  });
  onTestFinished(() => void socket.close());
  return { port: socket.address().port, sources };
}

/** A port where somebody listens and says nothing. */
export async function aSilentUdpPort(): Promise<number> {
  const socket = await bound('127.0.0.1');
  onTestFinished(() => void socket.close());
  return socket.address().port;
}

/** A port that nobody listens on: it was free a moment ago. */
export async function aClosedUdpPort(address = '127.0.0.1'): Promise<number> {
  const socket = await bound(address);
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
