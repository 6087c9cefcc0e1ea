import type { PortRange } from '../../../core/net/port-set.ts';
import { bytesOf } from '../../../core/net/address-number.ts';
import type { ScanJob, ScanTarget } from '../engine.ts';
import type { AddressTimes } from './address-times.ts';
import { CONTROLS, CREDIT, type WorkerJob } from './messages.ts';
import { socketList } from '../sockets/open-sockets.ts';

export interface WorkerJobOptions {
  /** Send every packet through the kernel's routing, firewall and queues. Default: only where there is no Ethernet. */
  readonly kernelOnly?: boolean;
  /** Bytes of the receive buffer. */
  readonly receiveBuffer?: number;
  /** Hosts of the whole scan. Default: those of this job. */
  readonly hosts?: number;
}

/** The job as the thread takes it, and the targets in its order: IPv4 first. `random`: 12 bytes. */
export function workerJobOf(
  asked: ScanJob,
  times: AddressTimes,
  random: Buffer,
  options: WorkerJobOptions,
): { readonly order: readonly ScanTarget[]; readonly job: WorkerJob } {
  const syns = synsOfTry(asked.timeoutMs);
  const isSix = ({ address }: ScanTarget): boolean => address.includes(':');
  const order = [...asked.targets.filter((target) => !isSix(target)), ...asked.targets.filter(isSix)];
  const lists = new Map<string, number>();
  const ports: (readonly PortRange[])[] = [];
  const fours = order.findIndex(isSix);
  const count = order.length;
  const four = fours === -1 ? count : fours;
  const targets = {
    count,
    fours: four,
    addresses: new Uint8Array(four * 4 + (count - four) * 16),
    lists: new Uint32Array(count),
    rates: new Float64Array(count),
    slots: new Uint32Array(count),
  };
  let at = 0;
  for (const [i, target] of order.entries()) {
    const text = target.ports.toString();
    const known = lists.get(text) ?? ports.push(target.ports.ranges) - 1;
    lists.set(text, known);
    const bytes = bytesOf(target.address);
    targets.addresses.set(bytes, at);
    at += bytes.length;
    targets.lists[i] = known;
    targets.rates[i] = target.rate ?? 0;
    targets.slots[i] = times.take(target);
  }
  const control = new Int32Array(new SharedArrayBuffer(CONTROLS * Int32Array.BYTES_PER_ELEMENT));
  control[CREDIT] = asked.shared === null ? -1 : 0;
  const job: WorkerJob = {
    targets,
    hosts: options.hosts ?? count,
    ports,
    tries: asked.tries * syns,
    enough: asked.tries,
    timeoutMs: asked.timeoutMs / syns,
    rate: asked.rate,
    seed: asked.seed,
    key: [random.readUInt32LE(0), random.readUInt32LE(4)],
    start: random.readUInt32LE(8) / 2 ** 32,
    control,
    sockets: socketList(),
    times: times.all,
    kernelOnly: options.kernelOnly ?? false,
    receiveBuffer: options.receiveBuffer ?? null,
  };
  return { order, job };
}

/** Linux repeats the SYN of a connection every second (tcp_syn_linear_timeouts). */
const SYN_EVERY_MS = 1_000;

/** How many SYNs one try is: as many as a connection sends within the time limit, so that a try means the same to every engine. */
export function synsOfTry(timeoutMs: number): number {
  return 1 + Math.floor(timeoutMs / SYN_EVERY_MS);
}
