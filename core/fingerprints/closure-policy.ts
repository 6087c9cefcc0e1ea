import type { Protocol } from '../net/protocol.ts';
import { hours, minutes, seconds } from '../time.ts';

/** How much evidence a closure needs. */
export interface ClosurePolicy {
  /** Refused connections (RST, port unreachable) that close a port. */
  readonly refusals: number;
  /**
   * Milliseconds from one silent probe to the next one that counts; a port closes by silence after the first silent probe and
   * one more for each gap.
   */
  readonly silentGapsMs: readonly number[];
  /** The same for UDP ports, which have answered a request before. */
  readonly udpSilentGapsMs: readonly number[];
  /** So many open ports of one address silent in one result are one outage, not so many closures. */
  readonly poolAt: number;
  /** Further gap that ports of an outage need. */
  readonly pooledGapMs: number;
  /** Connections tried by a confirm shard at each port that does not answer open. */
  readonly confirmTries: number;
  /** An unchanged fingerprint is written again after this long, so that its times stay roughly current. */
  readonly heartbeatMs: number;
  /**
   * A result that started so long before it was taken closes nothing, as a newer one that left no trace in the store may have seen the
   * port open. Whatever `heartbeatMs` is, only results within this time can be taken in the wrong order.
   */
  readonly lateMs: number;
}

/**
 * Wald's sequential test with an error of 1e-8 at 1.5 % loss needs ln(1e8)/ln(1/0.015) = 4.4, so five silent probes; at 3 % loss
 * five hold 1e-7. Because losses come in bursts the gaps grow: 2, 15, 60, 300 s leave 3e-5 false closures per probe with bursts of
 * a minute, and the further 900 s for an outage of several ports 2.5e-7. Two refusals from different source ports exclude a
 * middlebox. A UDP service may keep silent on purpose: DNS servers drop what is repeated within 15 s (BIND, response rate limiting, `window`),
 * NTP servers what comes sooner than every 2 to 8 s (ntp.conf(5), `discard`). Probes 15 s and more apart are outside of that, so the same five
 * are taken, the last one 15 minutes after the one before. Source: research/anchors-performance.md section 3.3; Wald, "Sequential Tests of Statistical Hypotheses", 1945.
 */
export const DEFAULT_CLOSURE_POLICY: ClosurePolicy = {
  refusals: 2,
  silentGapsMs: [seconds(2), seconds(15), seconds(60), seconds(300)],
  udpSilentGapsMs: [seconds(15), seconds(60), seconds(300), seconds(900)],
  poolAt: 3,
  pooledGapMs: seconds(900),
  confirmTries: 2,
  heartbeatMs: minutes(1),
  lateMs: minutes(5),
};

/** The policy for ports of one protocol. */
export function policyOf(policy: ClosurePolicy, protocol: Protocol): ClosurePolicy {
  return protocol === 'tcp' ? policy : { ...policy, silentGapsMs: policy.udpSilentGapsMs };
}

/** Where every write has its price: an address is online for two days after it was last stored to have answered, so hours are soon enough. */
export const PRICED_CLOSURE_POLICY: ClosurePolicy = { ...DEFAULT_CLOSURE_POLICY, heartbeatMs: hours(6) };
