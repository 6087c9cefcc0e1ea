import ipaddr from 'ipaddr.js';
import { type Address, isIPv6 } from '../../../core/net/address.ts';
import { SELF_CONNECT } from '../../../core/scanning/outcomes.ts';
import type { TokenBucket } from '../../../core/scanning/pacing.ts';
import type { Refusal } from '../../../core/scanning/refusal.ts';
import { tokensOf } from '../../../core/scanning/udp/tokens.ts';
import { probeOf, UDP_PROBES } from '../../../core/scanning/udp/udp-probes.ts';
import { UdpTarget, type UdpTargetOptions } from '../../../core/scanning/udp/udp-target.ts';
import type { ScanTarget } from '../engine.ts';
import { keyOf } from './udp-socket.ts';

/** One address of a scan: its ports, what they are asked, and which of them a datagram answers. */
export class UdpHost {
  readonly address: Address;
  readonly family: 4 | 6;
  readonly bytes: Uint8Array;
  readonly key: string;
  readonly ports: Uint16Array;
  readonly bucket: TokenBucket | null;
  readonly target: UdpTarget;
  readonly #tokenOf: (port: number) => Uint8Array;
  /** Of the ports that are asked in their own protocol: index and port. */
  readonly #known: readonly (readonly [number, number])[];

  constructor(
    scanned: ScanTarget,
    key: readonly [number, number],
    bucket: TokenBucket | null,
    options: UdpTargetOptions,
  ) {
    this.address = scanned.address;
    this.family = isIPv6(scanned.address) ? 6 : 4;
    this.bytes = Uint8Array.from(ipaddr.parse(scanned.address).toByteArray());
    this.key = keyOf(this.bytes);
    this.ports = Uint16Array.from(scanned.ports);
    this.bucket = bucket;
    this.target = new UdpTarget(this.ports.length, options);
    this.#tokenOf = tokensOf(key, this.bytes);
    this.#known = UDP_PROBES.flatMap(({ port }) => (scanned.ports.has(port) ? [[this.#indexOf(port), port]] : []));
  }

  /** What the port with this index is sent. */
  requestTo(index: number): Uint8Array {
    const port = this.ports[index] ?? 0;
    return probeOf(port).request(this.#tokenOf(port), this.bytes);
  }

  /** A datagram came from `port` of this address to our port `ours`. True: this host answers on everything. */
  heard(port: number, ours: number, datagram: Uint8Array, now: number): boolean {
    const from = this.#indexOf(port);
    const wasAsked = from !== -1 && this.target.asked(from);
    if (port === ours && this.isOwn(port, datagram)) return false;
    const strict = this.#known.some(([index]) => index === from);
    if (wasAsked && strict && this.#fits(port, datagram)) return this.target.answered(from, now);
    for (const [index, known] of this.#known) {
      if (index === from || !this.target.asked(index)) continue;
      const { otherPort, repeats } = probeOf(known);
      if (!(otherPort || repeats) || !this.#fits(known, datagram)) continue;
      if (otherPort) return this.target.answered(index, now);
      this.target.unexpected(index);
      return false;
    }
    if (!wasAsked) return false;
    if (!strict) return this.target.answered(from, now);
    this.target.unexpected(from);
    return false;
  }

  /** Whether this is what the host was asked at the scanner's own port: the host is this machine, and the port can not be told. */
  isOwn(ours: number, datagram: Uint8Array): boolean {
    const index = this.#indexOf(ours);
    if (index === -1 || !this.target.asked(index) || !isSame(datagram, this.requestTo(index))) return false;
    this.target.failed(index, SELF_CONNECT, false);
    return true;
  }

  refused(port: number, refusal: Refusal, sender: string, now: number): void {
    const index = this.#indexOf(port);
    if (index === -1 || !this.target.asked(index)) return;
    // Whether somebody listens only the host itself can say.
    const ofAnother = refusal.state === 'closed' && sender !== this.key;
    this.target.refused(index, ofAnother ? { ...refusal, state: 'prohibited' } : refusal, sender, now);
  }

  #fits(port: number, datagram: Uint8Array): boolean {
    return probeOf(port).answers(datagram, this.#tokenOf(port));
  }

  #indexOf(port: number): number {
    let [low, high] = [0, this.ports.length - 1];
    while (low <= high) {
      const middle = (low + high) >> 1;
      const there = this.ports[middle] ?? 0;
      if (there === port) return middle;
      if (there < port) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
