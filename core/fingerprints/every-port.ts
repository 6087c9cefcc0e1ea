import { EVERY_PORT } from '../net/every-port.ts';
import { PortSet } from '../net/port-set.ts';
import { GUARDED_PORTS } from '../scanning/open-guard.ts';
import { CANARIES, canariesOf } from './canary-ports.ts';
import type { Change } from './change.ts';
import type { ClosurePolicy } from './closure-policy.ts';
import type { Fingerprint } from './fingerprint.ts';
import { type Applied, applyResult } from './observe.ts';
import { portsOf } from './port-text.ts';
import type { ResultContext } from './result-context.ts';
import type { AddressResult, OpenPort } from './shard-result.ts';

/** So many new open ports in one result, and this part of the ports it tells about, are a reason to ask at ports that nobody chose. */
const SUSPECT_OPEN = 20;
/** Of fewer that a whole sweep asked about, all: the first look at an address asks for twelve services that no one host has together. */
const SUSPECT_ALL = 10;
/** In what somebody imports, which often names open ports only; with those known already, as a file may come in small pieces. */
const SUSPECT_OPEN_IMPORTED = 500;
const SUSPECT_PART = 0.1;
/** With fewer canaries looked at nothing is concluded; where this part of them is open, the host answers anywhere. */
const LEAST_CANARIES = 8;
const CANARY_PART = 0.25;
/** Most ports of a suspect that are asked about again: with the canaries too few for an engine to stop at so many open ones before it has asked all. */
const SAMPLE = GUARDED_PORTS - CANARIES - 1;
const EVERY = PortSet.of(EVERY_PORT);

type Finding = 'suspected' | 'shown' | 'refuted' | null;

/**
 * `applyResult`, for hosts that answer on every port too (tarpits, SYN proxies, a neighbour that answers for others): they become one open
 * `EVERY_PORT` instead of thousands of ports. A result with very many new open ports is a suspicion. Then nothing is open yet: connections
 * to those ports and to canaries are asked for, and only where the canaries answer too is `EVERY_PORT` open; else each port counts for
 * itself. While it is open, no other port opens; ports that were open before stay and close as usual. `imported`: the result is from a file.
 */
export function foldResult(
  before: Fingerprint,
  result: AddressResult,
  context: ResultContext,
  policy: ClosurePolicy,
  imported = false,
): Applied {
  const least = imported ? SUSPECT_OPEN_IMPORTED : isAllOpen(result, context) ? SUSPECT_ALL : SUSPECT_OPEN;
  const known = holds(before.open);
  const asked = known || holds(before.pendingOpen);
  const openBefore = imported ? portsOf(before.open).union(portsOf(before.pendingOpen)) : PortSet.EMPTY;
  if (result.protocol !== 'tcp' || (!asked && result.open.length + openBefore.size < least)) {
    return applyResult(before, result, context, policy);
  }
  const old = portsOf(before.open).subtract(EVERY);
  const tested = portsOf(result.covered).subtract(portsOf(result.unknown)).subtract(old);
  const fresh = result.open.filter(({ port }) => tested.has(port));
  const others = openBefore.subtract(PortSet.from(fresh.map(({ port }) => port)));
  const found = findingOf(result, tested, fresh, context, least - others.size);
  const translated = translate({ result, tested, fresh, found, known, asked });
  const applied = applyResult(before, translated, context, policy);
  return worded(applied, { address: before.address, fresh: fresh.length, tested: tested.size, engine: context.engine });
}

function isAllOpen({ covered, unknown, open }: AddressResult, { purpose, status }: ResultContext): boolean {
  if (purpose !== 'sweep' || status !== 'complete' || open.length < SUSPECT_ALL) return false;
  return portsOf(covered).subtract(portsOf(unknown)).size === open.length;
}

function holds(ports: string): boolean {
  // Ascending without leading zeros: only port 0 starts so.
  return ports.startsWith('0');
}

function findingOf(
  { address, open }: AddressResult,
  tested: PortSet,
  fresh: readonly OpenPort[],
  { purpose, status }: ResultContext,
  least: number,
): Finding {
  const few = fresh.length < tested.size * SUSPECT_PART;
  if (purpose === 'sweep') {
    if (fresh.length >= Math.max(1, least) && !few) return 'suspected';
    return status === 'complete' && tested.size >= SUSPECT_OPEN && few ? 'refuted' : null;
  }
  const canaries = tested.intersect(canariesOf(address));
  if (canaries.size < LEAST_CANARIES) return null;
  if (open.filter(({ port }) => canaries.has(port)).length >= canaries.size * CANARY_PART) return 'shown';
  return status === 'complete' ? 'refuted' : null;
}

interface Facts {
  readonly result: AddressResult;
  /** Ports that the result tells about, without those that were confirmed open; and those of them that are open. */
  readonly tested: PortSet;
  readonly fresh: readonly OpenPort[];
  readonly found: Finding;
  /** `EVERY_PORT` is open, or it is at least asked about. */
  readonly known: boolean;
  readonly asked: boolean;
}

/** The result as one about `EVERY_PORT` as far as it is one. */
function translate(facts: Facts): AddressResult {
  const { result, tested, fresh, found, known, asked } = facts;
  if (!known && found === 'suspected') return suspicion(facts);
  if (found === 'shown' || (known && found === 'suspected')) {
    return { ...without(result, fresh, PortSet.EMPTY), open: [...standing(result, tested), everyPort(fresh)] };
  }
  if (found === 'refuted' && asked) {
    const refuses = portsOf(result.closed).intersect(tested).size * 2 > tested.size;
    const closed = refuses ? portsOf(result.closed).union(EVERY).toString() : result.closed;
    if (known) return { ...without(result, fresh, PortSet.EMPTY), open: standing(result, tested), closed };
    return { ...result, covered: portsOf(result.covered).union(EVERY).toString(), closed };
  }
  if (!known) return result;
  const rest = portsOf(result.covered).subtract(PortSet.from(fresh.map(({ port }) => port)));
  return { ...result, covered: rest.toString(), open: standing(result, tested) };
}

/** Half open, all of them, until connections say more. */
function suspicion({ result, tested, fresh }: Facts): AddressResult {
  const step = Math.max(1, fresh.length / SAMPLE);
  const sample = Array.from({ length: Math.min(SAMPLE, fresh.length) }, (_, i) => fresh[Math.floor(i * step)]);
  const half = sample.flatMap((port) => (port === undefined ? [] : { ...port, reason: 'syn-ack' as const }));
  const open = [...standing(result, tested), ...half, { ...everyPort(fresh), reason: 'syn-ack' as const }];
  return { ...without(result, fresh, PortSet.from(half.map(({ port }) => port))), open };
}

/** The result without these open ports, but for those of `kept`, and with `EVERY_PORT` looked at. */
function without(result: AddressResult, fresh: readonly OpenPort[], kept: PortSet): AddressResult {
  const gone = PortSet.from(fresh.map(({ port }) => port)).subtract(kept);
  return { ...result, covered: portsOf(result.covered).subtract(gone).union(EVERY).toString() };
}

/** Answers of ports that were confirmed open before. */
function standing({ open }: AddressResult, tested: PortSet): OpenPort[] {
  return open.filter(({ port }) => !tested.has(port));
}

/** The best of the answers: a finished connection before half of one. */
function everyPort(fresh: readonly OpenPort[]): OpenPort {
  const best = fresh.find(({ reason }) => reason !== 'syn-ack') ?? fresh[0];
  return best === undefined
    ? { port: EVERY_PORT, reason: 'syn-ack', rttMs: 0, tries: 1 }
    : { ...best, port: EVERY_PORT };
}

interface Words {
  readonly address: string;
  readonly fresh: number;
  readonly tested: number;
  readonly engine: string;
}

/** Evidence in words, and questions about `EVERY_PORT` as questions about ports. */
function worded(applied: Applied, words: Words): Applied {
  const { fingerprint } = applied;
  // What was half open is part of the one that is open now.
  const settled = holds(fingerprint.open) && fingerprint.pendingOpen !== '';
  return {
    fingerprint: settled ? { ...fingerprint, pendingOpen: '' } : fingerprint,
    changes: applied.changes.map((change) =>
      change.port === EVERY_PORT ? { ...change, evidence: evidenceOf(change, words) } : change,
    ),
    confirm: applied.confirm.map((request) =>
      request.ports.has(EVERY_PORT)
        ? { ...request, ports: request.ports.subtract(EVERY).union(canariesOf(fingerprint.address)) }
        : request,
    ),
    changed: applied.changed || settled,
  };
}

function evidenceOf({ kind, at }: Change, { address, fresh, tested, engine }: Words): string {
  const by = `engine ${engine}, ${at}`;
  if (kind === 'closed') return `${address} no longer answers on every port: ${fresh} of ${tested} probed (${by}).`;
  const where = fresh === tested ? 'on every port' : 'on ports without a service';
  return `${address} answers ${where}: ${fresh} of ${tested} probed completed a connection, ports picked at random among them (${by}). No port of it is listed by itself.`;
}
