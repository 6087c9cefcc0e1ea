import { hashOf } from '../../../core/identity.ts';

/**
 * Every key of the single table, in one place.
 *
 * An entity that is read by id and listed whole lives in the base table under one of eight partitions, picked by a hash of its id:
 * one item, no index behind it, no hot partition, and its list can be strongly consistent. `gsi1` and `gsi2` hold only what needs another
 * order (newest first) or a sparse list (work that is not finished).
 */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Attributes that put an item in a sparse or time-ordered index. */
export interface IndexKeys {
  readonly gsi1pk?: string;
  readonly gsi1sk?: string;
  readonly gsi2pk?: string;
  readonly gsi2sk?: string;
}

const SHARDS = 8;

/** Longest sort key DynamoDB takes, bytes; an id beyond it cannot have been stored. */
const MAX_SORT_KEY_BYTES = 1_024;

/** FNV-1a, 32 bit: http://www.isthe.com/chongo/tech/comp/fnv/ . Stored keys depend on it: it must never change. */
export function shardOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < id.length; i += 1) {
    hash ^= id.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return (hash >>> 0) % SHARDS;
}

/** `name#0` to `name#7`. */
export function partitionsOf(name: string): readonly string[] {
  return Array.from({ length: SHARDS }, (_, shard) => `${name}#${shard}`);
}

export function shardedKey(name: string, id: string): Key {
  return { pk: `${name}#${shardOf(id)}`, sk: id };
}

/** False for ids that DynamoDB would refuse as a sort key: nothing can be stored under them. */
export function canBeSortKey(id: string): boolean {
  return id !== '' && Buffer.byteLength(id) <= MAX_SORT_KEY_BYTES;
}

/** What somebody wrote, as part of a partition key: DynamoDB takes 2,048 bytes, so long text is replaced by its hash. */
function bounded(text: string): string {
  return Buffer.byteLength(text) <= MAX_SORT_KEY_BYTES ? text : `hash:${hashOf(text)}`;
}

/** Sorts by time, then by id. An instant alone sorts before every key of that instant. */
export function timeKey(at: string, id: string): string {
  return `${at}#${id}`;
}

export const ASSETS = 'ASSET';
/** Of TCP. */
export const FINGERPRINTS = 'FINGERPRINT';
export const UDP_FINGERPRINTS = 'FINGERPRINT-UDP';
export const FINDINGS = 'FINDING';
export const PLANS = 'PLAN';
export const APPROVALS = 'APPROVAL';
export const ADMITTED = 'ADMITTED';
/** Events dealt with. Sharded, not one partition an event, so that one machine can list what has expired. */
export const SEEN_EVENTS = 'IDEM';
/** One partition: a whitelist is a few thousand entries, read whole and strongly consistent before every decision. */
export const WHITELIST = 'WHITELIST';
/** One partition: one item for each account whose changes did harm, under its account so that a person can find it. */
export const LINES = 'LINE';

/** `gsi1`: findings with something untold, by shard. */
export const UNTOLD = 'UNTOLD';
/** `gsi2`: plans and approvals that something must still happen to. Few at any time, so one partition each. */
export const UNFINISHED_PLANS = 'UNFINISHED-PLAN';
export const UNFINISHED_APPROVALS = 'UNFINISHED-APPROVAL';

export function untoldKeys(id: string, group: string): IndexKeys {
  return { gsi1pk: `${UNTOLD}#${shardOf(id)}`, gsi1sk: id, gsi2pk: untoldGroupPartition(group), gsi2sk: id };
}

export function untoldGroupPartition(group: string): string {
  return `${UNTOLD}-GROUP#${bounded(group)}`;
}

/** `gsi1`: newest first. The row itself is found by id alone, so that the same id is the same row whatever its time. */
export const CHANGES = 'CHANGE';

export function changeKeys(id: string, at: string): Key & IndexKeys {
  return { pk: `${CHANGES}#${id}`, sk: CHANGES, gsi1pk: `${CHANGES}#${shardOf(id)}`, gsi1sk: timeKey(at, id) };
}

export const AUDIT = 'AUDIT';

export function auditKeys(id: string, at: string, object: string): Key & IndexKeys {
  return {
    pk: `${AUDIT}#${id}`,
    sk: AUDIT,
    gsi1pk: `${AUDIT}#${shardOf(id)}`,
    gsi1sk: timeKey(at, id),
    gsi2pk: auditObjectPartition(object),
    gsi2sk: timeKey(at, id),
  };
}

export function auditObjectPartition(object: string): string {
  return `${AUDIT}-OBJECT#${bounded(object)}`;
}

export const RUNS = 'RUN';
/** `gsi2`: runs by the second after which they may be deleted. */
export const RUN_EXPIRY = 'RUN-EXPIRY';

export function runKey(id: string): Key {
  return { pk: `${RUNS}#${id}`, sk: RUNS };
}

/** What lists and expiry find a run by. Apart from the run, so that counting a shard writes one item and no index. */
export function runListingKeys(id: string, startedAt: string, ttl: number): Key & IndexKeys {
  return {
    pk: `${RUNS}#${id}`,
    sk: `${RUNS}-LISTING`,
    gsi1pk: `${RUNS}#${shardOf(id)}`,
    gsi1sk: timeKey(startedAt, id),
    gsi2pk: RUN_EXPIRY,
    gsi2sk: `${secondsKey(ttl)}#${id}`,
  };
}

/** Names the run of a task that started last. Ids of runs have no colon. */
export function lastRunKey(taskId: string): Key {
  return { pk: `${RUNS}#last:${bounded(taskId)}`, sk: `${RUNS}-LAST` };
}

/** Sorts after everything else under the key of a run. */
export const RUN_SHARDS = `${RUNS}-SHARD#`;

/** That a shard of the run has ended. */
export function runShardKey(runId: string, shardId: string): Key {
  return { pk: `${RUNS}#${runId}`, sk: `${RUN_SHARDS}${shardId}` };
}

/** Ten digits reach the year 2286, so that text order is number order. */
export function secondsKey(epochSeconds: number): string {
  return String(epochSeconds).padStart(10, '0');
}

/** Who changed a security group rule: read by rule id only, never listed. */
export function ruleHistoryKey(ruleId: string): Key {
  return { pk: `SGR#${ruleId}`, sk: ruleId };
}

export function lockKey(name: string): Key {
  return { pk: `LOCK#${bounded(name)}`, sk: 'LOCK' };
}

/** Which scanner sweeps which addresses, by group of addresses. */
export function leaseKey(group: number | '*'): Key {
  return { pk: `LEASE#${group}`, sk: 'LEASE' };
}

export const KILL_SWITCH_KEY: Key = { pk: 'CONTROL#kill-switch', sk: 'CONTROL' };
