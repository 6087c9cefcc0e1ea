import { messageOf } from '../core/errors.ts';
import { type Address, toAddress } from '../core/net/address.ts';
import { PortSet } from '../core/net/port-set.ts';
import type { Shard } from '../core/planning/shard.ts';
import type { AddressLeases } from '../core/ports/address-leases.ts';
import type { Clock } from '../core/ports/clock.ts';
import type { Log } from '../core/ports/log.ts';
import { type RateParts, isSmall } from '../core/scanning/address-share.ts';
import { after, type Instant } from '../core/time.ts';
import { onwardClock } from './onward-clock.ts';

/** What a shard may do with its addresses. */
export interface Claim {
  /** True: nobody else sweeps them meanwhile. False: it has the rate of small shards. */
  readonly owner: boolean;
  /** Aborted, with the reason, when they may be somebody else's by now. */
  readonly lost: AbortSignal;
  /** To be called when nothing is sent any more. Never rejects. */
  end(): Promise<void>;
}

export interface Claims {
  /** Undefined: an address is being swept by somebody else. @throws when that cannot be known: then nothing may be sent. */
  take(shard: Shard): Promise<Claim | undefined>;
  /** Resolves when asking again may be worth it: a claim of this process has ended, `ms` are over, or `signal` is aborted. */
  changed(ms: number, signal: AbortSignal): Promise<void>;
}

export interface ClaimsOptions {
  readonly leases: AddressLeases;
  readonly clock: Clock;
  readonly log: Log;
  /** Names this process among all scanners. */
  readonly scanner: string;
  /** How long a lease is good unless it is extended: less than a shard stays hidden, so that who gets the shard of a killed scanner finds its addresses free. */
  readonly lifeMs: number;
  readonly rates: RateParts;
  /** Addresses of this machine need no lease: no network lies between. */
  readonly isOwn: (address: Address) => boolean;
}

/** A lease is extended when half of its life is over, as often as this, and given up when so little is left. */
const TICKS = 6;

const SMALL: Claim = { owner: false, lost: new AbortController().signal, end: async () => undefined };

/** Leases of addresses for shards that probe many ports of one. */
export function makeClaims(options: ClaimsOptions): Claims {
  const { leases, clock, log, scanner, lifeMs } = options;
  const held = new Set<Address>();
  const waiting = new Set<() => void>();
  let claims = 0;

  const letGo = (addresses: readonly Address[]): void => {
    for (const address of addresses) held.delete(address);
  };

  const isNearlyOver = (until: Instant, now: Instant): boolean => now >= after(until, -lifeMs / TICKS);

  const giveBack = async (addresses: readonly Address[], owner: string, until: Instant): Promise<void> => {
    try {
      await leases.release(addresses, owner);
    } catch (thrown) {
      // They are free when the lease runs out.
      log.warn('could not give addresses back', { until, reason: messageOf(thrown) });
    }
  };

  const keep = (addresses: readonly Address[], owner: string, first: Instant, onward: Clock): Claim => {
    const lost = new AbortController();
    let until = first;
    let ended = false;
    let extending: Promise<void> | null = null;
    const lose = (reason: string): void => {
      if (ended || lost.signal.aborted) return;
      clearInterval(timer);
      log.warn('a scan stops: its addresses may be somebody else’s', { addresses: addresses.join(' '), reason });
      lost.abort(`the lease of its addresses is lost: ${reason}`);
    };
    const extend = async (): Promise<void> => {
      const asked = onward.now();
      const next = after(asked, lifeMs);
      try {
        if (await leases.take(addresses, owner, asked, next)) until = next;
        else lose('somebody else has one');
      } catch (thrown) {
        log.warn('could not extend a lease of addresses', { reason: messageOf(thrown) });
      }
    };
    const timer = setInterval(() => {
      const at = onward.now();
      if (isNearlyOver(until, at)) lose('it could not be extended');
      else if (at >= after(until, -lifeMs / 2)) extending ??= extend().finally(() => (extending = null));
    }, lifeMs / TICKS);
    return {
      owner: true,
      lost: lost.signal,
      async end() {
        ended = true;
        clearInterval(timer);
        // What is under way could come after the release, and take them for nobody.
        await extending;
        await giveBack(addresses, owner, until);
        letGo(addresses);
        for (const wake of waiting) wake();
      },
    };
  };

  return {
    async take(shard) {
      // A rate of its own is no part of what small shards share.
      const small = shard.ratePerAddress === undefined && isSmall(mostProbes(shard), options.rates);
      const addresses = small ? [] : addressesOf(shard, options.isOwn);
      if (addresses.length === 0) return SMALL;
      if (addresses.some((address) => held.has(address))) return undefined;
      for (const address of addresses) held.add(address);
      claims += 1;
      const owner = `${scanner}-${claims}`;
      const onward = onwardClock(clock);
      const now = onward.now();
      const until = after(now, lifeMs);
      let answer: boolean | null = null;
      let claim: Claim | undefined;
      try {
        answer = await leases.take(addresses, owner, now, until);
        if (answer && !isNearlyOver(until, onward.now())) claim = keep(addresses, owner, until, onward);
      } finally {
        // The store may have taken them and not said so, or so late that they are nearly somebody else's.
        if (claim === undefined && answer !== false) await giveBack(addresses, owner, until);
        // Nobody is woken: those that wait would take turns asking in vain.
        if (claim === undefined) letGo(addresses);
      }
      return claim;
    },
    changed(ms, signal) {
      return new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, ms);
        waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
        if (signal.aborted) wake();
      });
    },
  };
}

function addressesOf(shard: Shard, isOwn: (address: Address) => boolean): Address[] {
  const known = shard.addresses.flatMap((text) => toAddress(text) ?? []);
  return [...new Set(known)].filter((address) => !isOwn(address));
}

/** To the one of its addresses that is probed most. */
function mostProbes({ ports, addresses, excluded, tries }: Shard): number {
  const all = PortSet.parse(ports);
  const least = Math.min(...addresses.map((address) => all.intersect(PortSet.parse(excluded[address] ?? '')).size));
  return (all.size - least) * tries;
}
