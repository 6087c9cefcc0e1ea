import type * as z from 'zod';
import { BadInput } from '../errors.ts';
import { AddressSet } from '../net/address-set.ts';
import { parsePorts } from '../net/ports-spec.ts';
import { parseUdpPorts } from './udp-ports.ts';
import { assertScannable, parseTargetList } from '../net/targets.ts';
import { didYouMean } from '../text/nearest.ts';
import { hours, seconds } from '../time.ts';
import { APPROVER_KEYS, SIGN_IN_KEYS, signInProblems } from './approver-schema.ts';
import { AUTO_KEYS, LIMIT_KEYS } from './auto-schema.ts';
import { AWS_ACCOUNT_KEYS, AWS_KEYS } from './aws-schema.ts';
import { BadConfig } from './problems.ts';
import { Config, KEY_NAMES, KEYS } from './schema.ts';
import type { Settings } from './settings.ts';

/** What holds where nothing was configured. `docs/configuration.md` says the same in words. */
export const DEFAULT_SETTINGS: Settings = {
  targets: [],
  exclude: [],
  ports: null,
  udpPorts: null,
  cadenceMs: seconds(10),
  // Nothing leaves the machine while only its own addresses are watched.
  rate: 20_000,
  // research/anchors-scanners.md 6.2: full scan 500/s.
  ratePerAddress: 500,
  mode: 'observe',
  auto: [],
  limits: { changesPerHour: 10 },
  listen: { host: '127.0.0.1', port: 8460 },
  owners: [],
  protect: [],
  alertWindowMs: seconds(1),
  approvalTtlMs: hours(24),
  approvers: [],
  signIn: null,
  yesLarge: false,
  aws: null,
};

/** Probes a second where they cross a network (research/anchors-scanners.md 6.2: connection tracking and 19 % of a core). */
const NETWORK_RATE = 5_000;

/** Where a value was written, for the message: `portcullis.yaml:7: rate` or `--rate`. */
export type Locate = (path: readonly PropertyKey[]) => { order: number; where: string };

/**
 * Checks raw values under their key names and fills in the defaults.
 * @throws BadConfig with one line for everything that is wrong, in the order it was written.
 */
export function toSettings(raw: Readonly<Record<string, unknown>>, locate: Locate): Settings {
  const parsed = Config.safeParse(raw);
  const problems = [...(parsed.error?.issues ?? []).flatMap(problemsOf), ...sizeProblems(raw), ...policyProblems(raw)];
  if (!parsed.success || problems.length > 0) {
    const located = problems
      .map(({ path, message }) => ({ ...locate(path), message }))
      .sort((a, b) => a.order - b.order);
    throw new BadConfig(located.map(({ where, message }) => `${where}: ${message}`));
  }
  const {
    targets,
    exclude,
    ports,
    udpPorts,
    cadence,
    rate,
    ratePerAddress,
    mode,
    auto,
    limits,
    listen,
    owners,
    protect,
    alertWindow,
    approvalTtl,
    approvers,
    signIn,
    yesLarge,
    aws,
  } = parsed.data;
  const fallback = DEFAULT_SETTINGS;
  return {
    targets: targets ?? fallback.targets,
    exclude: exclude ?? fallback.exclude,
    ports: ports === undefined ? fallback.ports : parsePorts(ports).toString(),
    udpPorts: udpPorts === undefined ? fallback.udpPorts : parseUdpPorts(udpPorts),
    cadenceMs: cadence ?? fallback.cadenceMs,
    rate: rate ?? (targets === undefined ? fallback.rate : NETWORK_RATE),
    ratePerAddress: ratePerAddress ?? fallback.ratePerAddress,
    mode: mode ?? fallback.mode,
    auto: auto ?? fallback.auto,
    limits: limits ?? fallback.limits,
    listen: listen ?? fallback.listen,
    owners: owners ?? fallback.owners,
    protect: protect ?? fallback.protect,
    alertWindowMs: alertWindow ?? fallback.alertWindowMs,
    approvalTtlMs: approvalTtl ?? fallback.approvalTtlMs,
    approvers: approvers ?? fallback.approvers,
    signIn: signIn ?? fallback.signIn,
    yesLarge: yesLarge ?? fallback.yesLarge,
    aws: aws ?? fallback.aws,
  };
}

interface Problem {
  path: readonly PropertyKey[];
  message: string;
}

/** Too many addresses in all. Host names, labels and files are counted when they are resolved. */
function sizeProblems(raw: Readonly<Record<string, unknown>>): Problem[] {
  const targets = KEYS.targets.schema.safeParse(raw['targets']);
  if (!targets.success) return [];
  const sets = parseTargetList(targets.data).flatMap((it) => (it.kind === 'addresses' ? [it.set] : []));
  try {
    const all = sets.reduce((union, set) => union.union(set), AddressSet.EMPTY);
    assertScannable(all, { yesLarge: raw['yesLarge'] === true });
    return [];
  } catch (error) {
    if (error instanceof BadInput) return [{ path: ['targets'], message: error.message }];
    throw error;
  }
}

function policyProblems({ mode, auto, approvers, signIn }: Readonly<Record<string, unknown>>): Problem[] {
  const deciders = signInProblems(approvers, signIn);
  if (mode !== 'auto' || auto !== undefined) return deciders;
  const message =
    '"auto" needs the patterns that may be closed without asking: write auto: [{ match: 192.0.2.0/28, ports: [22, 3389] }] into the configuration, or mode: approve';
  return [...deciders, { path: ['mode'], message }];
}

function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  const known = knownKeys(issue.path);
  return issue.keys.map((unknown) => ({
    path: [...issue.path, unknown],
    message: `there is no such key: the keys are ${known.join(', ')}.${didYouMean(unknown, known)}`,
  }));
}

function knownKeys([key, ...inside]: readonly PropertyKey[]): readonly string[] {
  if (key === 'owners') return ['match', 'owner', 'email'];
  if (key === 'auto') return AUTO_KEYS;
  if (key === 'limits') return LIMIT_KEYS;
  if (key === 'approvers') return APPROVER_KEYS;
  if (key === 'signIn') return SIGN_IN_KEYS;
  if (key === 'aws') return inside[0] === 'accounts' ? AWS_ACCOUNT_KEYS : AWS_KEYS;
  return KEY_NAMES;
}
