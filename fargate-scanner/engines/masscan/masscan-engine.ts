import { networkInterfaces } from 'node:os';
import { type Address, isIPv6, toAddress } from '../../../core/net/address.ts';
import { neverScanReason } from '../../../core/net/never-scan.ts';
import { masscanJson } from '../../formats/masscan-json.ts';
import type { Engine } from '../engine.ts';
import { type Command, type Start, TARGETS_FILE } from '../external/external.ts';
import { externalEngine } from '../external/external-engine.ts';
import { installedVersion } from '../external/installed.ts';

/** Seconds masscan listens after its last probe: answers that come later are lost. */
const WAIT_SECONDS = 10;
/** masscan 1.3.2 ends when the next packet arrives after `--wait`: on a quiet network never. */
const OVERTIME = /waiting -(?:[2-9]|\d{2,})-secs/;
const OWN = "is this machine's own, which masscan's packets do not reach: use the connect engine";
/** For what else may keep it. */
const OVERTIME_MS = 30_000;

export interface MasscanOptions {
  /** How it is started. Default: `masscan` of the search path. */
  readonly command?: readonly string[];
  /** Further options, such as `--interface` and `--router-mac` where it does not find them. */
  readonly more?: readonly string[];
  /** Those of starts for IPv6: 1.3.2 takes no unique local address for its source, and asks nobody but routers that advertise themselves. */
  readonly moreForIPv6?: readonly string[];
  readonly waitSeconds?: number;
  readonly overtimeMs?: number;
}

/**
 * masscan, when asked for. It shows SYN-ACKs and RSTs; what it does not show stays unknown, as it loses answers without knowing. It is
 * started once for each try: its own `--retries` sends a few ports thousands of packets. @throws BadInput when it is not installed or too old
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
  const more = options.more ?? [];
  const moreForIPv6 = options.moreForIPv6 ?? more;

  const commandOf = ({ addresses, ports, rate: most, job }: Start): Command => {
    const rate = Math.max(1, Math.floor(most));
    const probes = addresses.length * ports.size;
    return {
      mostMs: Math.ceil((probes / rate) * 1_000) * 2 + wait * 1_000 + overtimeMs,
      command: [
        ...command,
        ...`-p ${ports.toString()} --rate ${rate} --retries 0 --wait ${wait} --seed ${job.seed}`.split(' '),
        ...'--show open,closed -oD -'.split(' '),
        ...(addresses.some((address) => isIPv6(address)) ? moreForIPv6 : more),
        ...`-iL ${TARGETS_FILE}`.split(' '),
      ],
    };
  };

  return externalEngine({
    name: `masscan ${version}`,
    lacks: ['own-addresses', 'silence', 'round-trips', 'estimate'],
    refusals: () => {
      const own = ownAddresses();
      return (address) => (own.has(address) || neverScanReason(address) !== null ? OWN : null);
    },
    // It writes every answer at once, and each start waits: as few as possible.
    limits: { addresses: Infinity, seconds: Infinity, sample: 0 },
    triesOfStart: 1,
    commandOf,
    reader: () => masscanJson({ closed: true }),
    unmentioned: 'not-shown-by-masscan',
    over: OVERTIME,
    complaint: /\bFAIL\b|^ERROR/,
  });
}

function ownAddresses(): ReadonlySet<Address> {
  const lists = Object.values(networkInterfaces());
  return new Set(lists.flatMap((list) => list?.flatMap((own) => toAddress(own.address) ?? []) ?? []));
}
