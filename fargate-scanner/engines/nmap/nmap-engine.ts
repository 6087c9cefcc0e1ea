import { isIPv6 } from '../../../core/net/address.ts';
import { nmapXml } from '../../formats/nmap-xml.ts';
import type { Engine, ScanJob, ScanTarget } from '../engine.ts';
import { externalEngine, grouped, type Run } from '../external/external-engine.ts';
import { installedVersion } from '../external/installed.ts';

/** Longest time of one start: the deadline of the shard comes first. */
const MOST_MS = 60 * 60_000;
/** nmap's own first wait for an answer. */
const FIRST_RTT_MS = 1_000;
const LEAST_RTT_MS = 5;

export interface NmapOptions {
  /** How it is started. Default: `nmap` of the search path. */
  readonly command?: readonly string[];
  /** SYN packets, which need root, or connections. Default: SYN as root. */
  readonly connect?: boolean;
}

/**
 * nmap, when asked for: SYN scan as root, connections otherwise. Addresses with a rate of their own are looked at one at a time, at that
 * rate. @throws BadInput when it is not installed or too old
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

  const runOf = (job: ScanJob, targets: readonly ScanTarget[]): Run => {
    const own = targets[0]?.rate ?? null;
    const rate = Math.max(1, Math.min(job.rate, own ?? job.rate));
    const most = Math.max(LEAST_RTT_MS, job.timeoutMs);
    return {
      targets,
      rate,
      mostMs: MOST_MS,
      command: [
        ...command,
        ...`-n -Pn ${connect ? '-sT' : '-sS'} -p ${targets[0]?.ports.toString() ?? ''}`.split(' '),
        ...(targets.some(({ address }) => isIPv6(address)) ? ['-6'] : []),
        ...`--max-retries ${job.tries - 1} --max-rate ${rate}`.split(' '),
        ...`--initial-rtt-timeout ${Math.min(most, FIRST_RTT_MS)}ms --max-rtt-timeout ${most}ms`.split(' '),
        ...(own === null ? [] : ['--max-hostgroup', '1']),
        ...'--noninteractive --no-stylesheet -oX -'.split(' '),
        ...targets.map(({ address }) => address),
      ],
    };
  };

  return externalEngine({
    name: `nmap ${version}`,
    refusal: () => null,
    runsOf: (job) =>
      grouped(job.targets, ({ address, ports, rate }) => `${isIPv6(address)} ${rate} ${ports.toString()}`).map(
        (targets) => runOf(job, targets),
      ),
    reader: nmapXml,
    unmentioned: 'not-reported-by-nmap',
  });
}
