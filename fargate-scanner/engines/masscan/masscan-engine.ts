import { networkInterfaces } from 'node:os';
import { toAddress } from '../../../core/net/address.ts';
import { neverScanReason } from '../../../core/net/never-scan.ts';
import { masscanJson } from '../../formats/masscan-json.ts';
import type { Engine, ScanJob, ScanTarget } from '../engine.ts';
import { externalEngine, grouped, type Run } from '../external/external-engine.ts';
import { installedVersion } from '../external/installed.ts';

/** Seconds masscan listens after its last probe: answers that come later are lost. */
const WAIT_SECONDS = 10;
/** masscan 1.3.2 counts below zero and goes on for up to ten seconds after `--wait`, and sometimes for ever. */
const OVERTIME_MS = 30_000;

export interface MasscanOptions {
  /** How it is started. Default: `masscan` of the search path. */
  readonly command?: readonly string[];
  /** Further options, such as `--interface` and `--router-mac` where it does not find them. */
  readonly more?: readonly string[];
  readonly waitSeconds?: number;
  readonly overtimeMs?: number;
}

/**
 * masscan, when asked for. It shows SYN-ACKs and RSTs; what it does not show stays unknown, as it loses answers without knowing. It has one
 * rate for everything, so where an address has a rate of its own it is started for that address alone. @throws BadInput when it is not installed or too old
 */
export async function masscanEngine(options: MasscanOptions = {}): Promise<Engine> {
  const command = options.command ?? ['masscan'];
  const version = await installedVersion({
    name: 'masscan',
    command,
    version: /Masscan version (\d+\.\d+(?:\.\d+)?)/,
    oldest: [1, 3],
  });
  const wait = options.waitSeconds ?? WAIT_SECONDS;
  const overtimeMs = options.overtimeMs ?? OVERTIME_MS;

  const runOf = (job: ScanJob, targets: readonly ScanTarget[]): Run => {
    const rate = Math.max(1, Math.floor(Math.min(job.rate, ...targets.map((target) => target.rate ?? job.rate))));
    const ports = targets[0]?.ports.toString() ?? '';
    const probes = targets.reduce((sum, target) => sum + target.ports.size, 0) * job.tries;
    return {
      targets,
      rate,
      // It sends a probe again a second later.
      mostMs: Math.ceil((probes / rate) * 1_000) * 2 + job.tries * 1_000 + wait * 1_000 + overtimeMs,
      command: [
        ...command,
        ...`-p ${ports} --rate ${rate} --retries ${job.tries - 1} --wait ${wait} --seed ${job.seed}`.split(' '),
        ...'--show open,closed -oD -'.split(' '),
        ...(options.more ?? []),
        targets.map(({ address }) => address).join(','),
      ],
    };
  };

  return externalEngine({
    name: `masscan ${version}`,
    refusal: (address) =>
      isOwn(address) ? "is this machine's own, which masscan's packets do not reach: use the connect engine" : null,
    runsOf: (job) =>
      grouped(job.targets, ({ address, ports, rate }) => (rate === null ? ports.toString() : address)).map((targets) =>
        runOf(job, targets),
      ),
    reader: () => masscanJson({ closed: true }),
    unmentioned: 'not-shown-by-masscan',
  });
}

function isOwn(address: string): boolean {
  if (neverScanReason(address) !== null) return true;
  return Object.values(networkInterfaces()).some((list) => list?.some((own) => toAddress(own.address) === address));
}
