import type { PortSet } from '../net/port-set.ts';
import type { Instant } from '../time.ts';
import type { ObservedSegment } from './fingerprint.ts';
import { portsOf } from './port-text.ts';

/** Most segments kept for one address. */
export const MAX_SEGMENTS = 32;

/** The ports that were last observed before `at`, or never. */
export function notSeenSince(segments: readonly ObservedSegment[], ports: PortSet, at: Instant): PortSet {
  let fresh = ports;
  for (const segment of segments) if (segment.at >= at) fresh = fresh.subtract(portsOf(segment.ports));
  return fresh;
}

/** The ports never observed at all. */
export function neverSeen(segments: readonly ObservedSegment[], ports: PortSet): PortSet {
  let never = ports;
  for (const segment of segments) {
    if (never.isEmpty) break;
    never = never.subtract(portsOf(segment.ports));
  }
  return never;
}

/**
 * Segments after `ports` were observed at `at`: disjoint, newest first. Above MAX_SEGMENTS the two oldest become one with the newer of their
 * times, which can only make a late result lose that would have won.
 */
export function stamp(segments: readonly ObservedSegment[], ports: PortSet, at: Instant): ObservedSegment[] {
  if (ports.isEmpty) return [...segments];
  let joined = ports;
  const kept: ObservedSegment[] = [];
  for (const segment of segments) {
    const rest = portsOf(segment.ports).subtract(ports);
    if (rest.isEmpty) continue;
    if (segment.at === at) joined = joined.union(rest);
    else kept.push({ ports: rest.toString(), at: segment.at });
  }
  kept.push({ ports: joined.toString(), at });
  kept.sort((a, b) => (a.at < b.at ? 1 : -1));
  while (kept.length > MAX_SEGMENTS) {
    const [newer, older] = kept.splice(-2) as [ObservedSegment, ObservedSegment];
    const both = portsOf(newer.ports).union(portsOf(older.ports));
    kept.push({ ports: both.toString(), at: newer.at });
  }
  return kept;
}
