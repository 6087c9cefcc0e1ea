import { networkInterfaces } from 'node:os';
import { type Address, toAddress } from '../../../core/net/address.ts';
import { neverScanReason } from '../../../core/net/never-scan.ts';
import { masscanJson } from '../../formats/masscan-json.ts';
import type { Engine } from '../engine.ts';
import { type Command, type Start, TARGETS_FILE } from '../external/external.ts';
import { externalEngine } from '../external/external-engine.ts';
import { installedVersion } from '../external/installed.ts';
import { BY_ITSELF, type There } from '../external/reach.ts';
import { type Libc, loadLibc } from '../sockets/libc.ts';
import { frameReach } from './frame-reach.ts';

/** Seconds masscan listens after its last probe: answers that come later are lost. Those of a machine on one of our links come at once. */
const WAIT_SECONDS = 10;
const WAIT_NEAR_SECONDS = 2;
/** Starts that run at once: it sends to one Ethernet address only, so that each neighbour needs a start of its own. */
const AT_ONCE = 8;
/** masscan 1.3.2 ends when the next packet arrives after `--wait`: on a quiet network never. */
const OVERTIME = /waiting -(?:[2-9]|\d{2,})-secs/;
const OWN = "is this machine's own, which masscan's packets do not reach: use the connect engine";
/** For what else may keep it. */
const OVERTIME_MS = 30_000;

export interface MasscanOptions {
  /** How it is started. Default: `masscan` of the search path. */
  readonly command?: readonly string[];
  /** How it gets to all addresses, such as `--interface` and `--router-mac`. Default: what the kernel and the links say of each. */
  readonly more?: readonly string[];
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
  const overtimeMs = options.overtimeMs ?? OVERTIME_MS;
  const { more } = options;
  const byHand = (): There => ({ ...BY_ITSELF, options: more ?? [] });

  const commandOf = ({ addresses, ports, rate: most, job, there }: Start): Command => {
    const wait = options.waitSeconds ?? (there.near ? WAIT_NEAR_SECONDS : WAIT_SECONDS);
    const rate = Math.max(1, Math.floor(most));
    const probes = addresses.length * ports.size;
    return {
      mostMs: Math.ceil((probes / rate) * 1_000) * 2 + wait * 1_000 + overtimeMs,
      command: [
        ...command,
        ...`-p ${ports.toString()} --rate ${rate} --retries 0 --wait ${wait} --seed ${job.seed}`.split(' '),
        ...'--show open,closed -oD -'.split(' '),
        ...there.options,
        ...`-iL ${TARGETS_FILE}`.split(' '),
      ],
    };
  };

  return externalEngine({
    name: `masscan ${version}`,
    lacks: ['own-addresses', 'silence', 'round-trips', 'estimate'],
    async reach(addresses, rate, signal) {
      const own = ownAddresses();
      const isOwn = (address: Address): boolean => own.has(address) || neverScanReason(address) !== null;
      const others = addresses.filter((address) => !isOwn(address));
      const libc = more === undefined && others.length > 0 ? libcOrNull() : null;
      const reachOf = libc === null ? byHand : await frameReach(libc, others, rate, signal);
      return (address) => (isOwn(address) ? { kind: 'refused', why: OWN } : reachOf(address));
    },
    atOnce: AT_ONCE,
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

/** Without the C library nothing is known of ways, and masscan looks for its own: by the default route. */
function libcOrNull(): Libc | null {
  try {
    return loadLibc();
  } catch {
    return null;
  }
}

function ownAddresses(): ReadonlySet<Address> {
  const lists = Object.values(networkInterfaces());
  return new Set(lists.flatMap((list) => list?.flatMap((own) => toAddress(own.address) ?? []) ?? []));
}
