import { isIPv6 } from '../../../core/net/address.ts';
import { nmapXml } from '../../formats/nmap-xml.ts';
import type { Engine } from '../engine.ts';
import { type Command, type Start, TARGETS_FILE } from '../external/external.ts';
import { externalEngine } from '../external/external-engine.ts';
import { installedVersion } from '../external/installed.ts';
import { BY_ITSELF } from '../external/reach.ts';

/** Longest time of one start: the deadline of the shard comes first. */
const MOST_MS = 60 * 60_000;
/** nmap's own first wait for an answer. */
const FIRST_RTT_MS = 1_000;
const LEAST_RTT_MS = 5;
/** It tells of a host when it is done with it and of none when it is stopped. */
const BATCH = { addresses: 64, seconds: 5, sample: 100 } as const;
/** Whatever `--max-retries` says, it asks a port a third time only where a second asking was answered. */
const MOST_TRIES = 2;

export interface NmapOptions {
  /** How it is started. Default: `nmap` of the search path. */
  readonly command?: readonly string[];
  /** SYN packets, which need root, or connections. Default: SYN as root. */
  readonly connect?: boolean;
}

/**
 * nmap, when asked for: SYN scan as root, connections otherwise; a batch at a time. @throws BadInput when it is not installed or too old
 */
export async function nmapEngine(options: NmapOptions = {}): Promise<Engine> {
  const command = options.command ?? ['nmap'];
  const version = await installedVersion({
    name: 'nmap',
    command,
    version: /Nmap version (\d+\.\d+)/,
    oldest: [7, 0],
  });
  const connect = options.connect ?? process.getuid?.() !== 0;

  // With -v it names the hosts that it calls down: those of its own links that nobody answers for.
  const commandOf = ({ addresses, ports, rate, tries, job }: Start): Command => {
    const most = Math.max(LEAST_RTT_MS, job.timeoutMs);
    return {
      mostMs: MOST_MS,
      command: [
        ...command,
        ...`-v -n -Pn ${connect ? '-sT' : '-sS'} -p ${ports.toString()}`.split(' '),
        ...(addresses.some((address) => isIPv6(address)) ? ['-6'] : []),
        ...`--max-retries ${tries - 1} --max-rate ${rate}`.split(' '),
        ...`--initial-rtt-timeout ${Math.min(most, FIRST_RTT_MS)}ms --max-rtt-timeout ${most}ms`.split(' '),
        ...`--noninteractive --no-stylesheet -oX - -iL ${TARGETS_FILE}`.split(' '),
      ],
    };
  };

  return externalEngine({
    name: `nmap ${version}`,
    lacks: ['round-trips', 'estimate'],
    reach: async () => () => BY_ITSELF,
    atOnce: 1,
    limits: BATCH,
    triesOfStart: MOST_TRIES,
    commandOf,
    reader: () => nmapXml({ down: true }),
    unmentioned: 'not-reported-by-nmap',
    complaint: /^(?!Host discovery disabled).*\S/,
  });
}
