import { BadInput } from '../errors.ts';
import { TARGET_LABELS, type TargetLabel } from '../planning/target-label.ts';
import { didYouMean } from '../text/nearest.ts';
import { AddressSet } from './address-set.ts';
import { toHostName } from './host-name.ts';
import { grouped } from '../text/counts.ts';

export type TargetSpec =
  | { kind: 'addresses'; set: AddressSet; text: string }
  | { kind: 'host'; name: string }
  | { kind: 'label'; label: TargetLabel }
  /** `path` as written behind the `@`. */
  | { kind: 'file'; path: string };

/** Most addresses without `--yes-large`: an IPv4 /16 or an IPv6 /112. */
const MAX_ADDRESSES = 65_536n;
/** Most addresses with it: an IPv4 /12 or an IPv6 /108. Each is an item in memory and in the store: one machine takes minutes and gigabytes for so many. */
const MAX_ADDRESSES_LARGE = 1_048_576n;

/**
 * Reads targets separated by blanks or commas: addresses, networks, ranges, host names, `label:PORT_OPEN`, `@file`.
 * @throws BadInput for an empty list and for a text that is none of them.
 */
export function parseTargetList(texts: readonly string[]): TargetSpec[] {
  const parts = texts.flatMap((text) => text.replaceAll(/\s+-\s+/g, '-').split(/[\s,]+/)).filter((part) => part !== '');
  if (parts.length === 0) {
    throw new BadInput(
      'The list of targets is empty: write addresses, networks, ranges, host names, label:NAME or @file.',
    );
  }
  return parts.map(parseTarget);
}

/**
 * Guards against a mistyped prefix: refuses sets that are too large to be meant.
 * @throws BadInput saying how many addresses there are, how many are allowed and what allows more.
 */
export function assertScannable(set: AddressSet, options: { yesLarge: boolean }): void {
  const count = set.size;
  if (count <= (options.yesLarge ? MAX_ADDRESSES_LARGE : MAX_ADDRESSES)) return;
  const what = `${abbreviated(set)} has ${grouped(count)} addresses`;
  if (count > MAX_ADDRESSES_LARGE) {
    const limit = `${grouped(MAX_ADDRESSES_LARGE)} (an IPv4 /12, an IPv6 /108) with --yes-large`;
    throw new BadInput(`${what}: at most ${grouped(MAX_ADDRESSES)} are allowed, ${limit}. Name smaller networks.`);
  }
  throw new BadInput(
    `${what}: at most ${grouped(MAX_ADDRESSES)} (an IPv4 /16, an IPv6 /112) are allowed without --yes-large.`,
  );
}

function parseTarget(text: string): TargetSpec {
  if (text.startsWith('@')) return { kind: 'file', path: parsePath(text) };
  const label = /^label:(.*)$/i.exec(text)?.[1];
  if (label !== undefined) return { kind: 'label', label: parseLabel(label) };
  if (/[:/]/.test(text) || /^[\d.-]+$/.test(text)) return { kind: 'addresses', set: AddressSet.parse(text), text };
  const name = toHostName(text);
  if (name !== undefined) return { kind: 'host', name };
  const forgotten = TARGET_LABELS.find((known) => known === text.toUpperCase());
  const hint = forgotten === undefined ? '' : ` Did you mean "label:${forgotten}"?`;
  throw new BadInput(
    `"${text}" is not a target: write an address, a network, a range, a host name (letters, digits, hyphens and dots), label:NAME or @file.${hint}`,
  );
}

function parsePath(text: string): string {
  const path = text.slice(1);
  if (path === '') throw new BadInput('"@" names no file: write @ and the path of a file with one target a line.');
  return path;
}

function parseLabel(text: string): TargetLabel {
  const label = TARGET_LABELS.find((known) => known === text);
  if (label !== undefined) return label;
  throw new BadInput(
    `"label:${text}" is not a known label: the labels are ${TARGET_LABELS.join(', ')}.${didYouMean(text, TARGET_LABELS)}`,
  );
}

/** The set in a sentence: a long one by its first network. */
function abbreviated(set: AddressSet): string {
  const [first = '', ...more] = set.toString().split(',');
  return more.length === 0 ? first : `${first} with ${more.length} more`;
}
