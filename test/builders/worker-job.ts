import { PortSet } from '../../core/net/port-set.ts';
import { CONTROLS, CREDIT, type WorkerJob } from '../../fargate-scanner/engines/syn/messages.ts';

export interface WorkerJobOver extends Partial<Omit<WorkerJob, 'targets' | 'ports' | 'hosts'>> {
  /** How many targets: 192.0.2.1 and those after it. Default 1. */
  readonly hosts?: number;
  /** Of each target. Default 1-1000. */
  readonly ports?: string;
}

/** A scan as the thread of the syn engine gets it, alone on its machine: one try at 1,000 probes a second. */
export function aWorkerJob({ hosts = 1, ports = '1-1000', ...over }: WorkerJobOver = {}): WorkerJob {
  const control = new Int32Array(new SharedArrayBuffer(CONTROLS * Int32Array.BYTES_PER_ELEMENT));
  control[CREDIT] = -1;
  return {
    targets: {
      count: hosts,
      fours: hosts,
      addresses: Uint8Array.from(Array.from({ length: hosts }, (_, i) => [192, 0, 2, i + 1]).flat()),
      lists: new Uint32Array(hosts),
      rates: new Float64Array(hosts),
      slots: new Uint32Array(hosts),
    },
    hosts,
    ports: [PortSet.parse(ports).ranges],
    tries: 1,
    enough: 1,
    timeoutMs: 300,
    rate: 1_000,
    seed: 1,
    key: [11, 12],
    start: 0,
    control,
    sockets: new Int32Array(1),
    times: new Float64Array(1),
    kernelOnly: false,
    receiveBuffer: null,
    ...over,
  };
}
