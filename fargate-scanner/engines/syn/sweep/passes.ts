import { MAX_VOIDED } from '../../../../core/scanning/outcomes.ts';
import { MOST_PASSES, isMeasured, lossOf, missedAfter, passesFor } from '../../../../core/scanning/syn/loss.ts';
import { type Hosts, SENDING } from '../hosts/hosts.ts';
import type { WorkerJob } from '../messages.ts';

/**
 * The passes of each host over what is silent. After the first one it is known whether the host's loss was measured, and from which place of its
 * order on. Where nothing was lost only what came before that place is asked again; otherwise everything, as often as the loss calls for.
 */
export class Passes {
  readonly #hosts: Hosts;
  readonly #asked: number;
  readonly #enough: number;
  readonly #ofScan: number;

  constructor(hosts: Hosts, { tries, enough, hosts: ofScan }: Pick<WorkerJob, 'tries' | 'enough' | 'hosts'>) {
    this.#hosts = hosts;
    this.#asked = tries;
    this.#enough = enough;
    this.#ofScan = ofScan;
  }

  /** Passes that one host can have at most, those whose silence proves nothing included. */
  static most(tries: number): number {
    return Math.max(tries, MOST_PASSES) + MAX_VOIDED;
  }

  /**
   * At the end of the first pass: goes on at once with the second one over what is `unproven`, when answers to those probes have had their time. True:
   * so it is.
   */
  goOn(host: number, now: number): boolean {
    const { pass, cursor, end, startedAt } = this.#hosts;
    const unproven = this.#hosts.unproven[host] ?? 0;
    if (this.#enough >= this.#asked || pass[host] !== 1) return false;
    if (unproven === 0 || unproven >= this.#hosts.sizeOf(host)) return false;
    if (now - (startedAt[host] ?? now) < this.#hosts.waitOf(host)) return false;
    this.#hosts.loss.countPass(host, 1);
    pass[host] = 2;
    cursor[host] = 0;
    end[host] = unproven;
    return true;
  }

  /** The pass under way is over, and every answer to it that comes is here. Returns how many passes were needed when they are done; 0: another one begins. */
  over(host: number): number {
    const { good, partial, pass, end, unproven } = this.#hosts;
    this.#count(host);
    const { loss } = this.#hosts;
    const wanted = { asked: this.#asked, enough: this.#enough, hosts: this.#ofScan };
    const needed = passesFor(wanted, this.#hosts.answered[host] ?? 0, loss.of(host), loss.all);
    const passes = pass[host] ?? 1;
    const whole = good[host] ?? 0;
    const part = partial[host] ?? 0;
    if (passes - whole - part > MAX_VOIDED || passes >= Passes.most(this.#asked)) return needed;
    if (whole >= needed) {
      if (whole + part >= this.#asked || unproven[host] === 0) return needed;
      this.#again(host, unproven[host] ?? 0);
    } else if (part > 0 && end[host] !== 0) {
      // What was to be a pass over a part goes on over the rest.
      partial[host] = part - 1;
      end[host] = 0;
      this.#hosts.phase[host] = SENDING;
    } else this.#again(host, 0);
    return 0;
  }

  /** Everything of this host has answered in the middle of a pass. Returns the passes that were needed. */
  cutShort(host: number): number {
    if (this.#hosts.end[host] === 0) this.#hosts.loss.countPass(host, this.#hosts.pass[host] ?? 1);
    return this.#enough;
  }

  #count(host: number): void {
    const { good, partial, pass, end, tainted } = this.#hosts;
    const passes = pass[host] ?? 1;
    const whole = end[host] === 0;
    if (whole) this.#hosts.loss.countPass(host, passes);
    if (tainted[host] === 0) {
      if (!whole) partial[host] = (partial[host] ?? 0) + 1;
      // The first pass of a host that went on at once is judged with the second.
      if (whole || (good[host] === 0 && passes === 2)) good[host] = (good[host] ?? 0) + 1;
    }
    tainted[host] = 0;
  }

  /** Another pass, over the first `places` of the host's order; 0: over all of it. */
  #again(host: number, places: number): void {
    const { pass, cursor, phase, end } = this.#hosts;
    pass[host] = (pass[host] ?? 1) + 1;
    cursor[host] = 0;
    end[host] = places;
    phase[host] = SENDING;
  }

  /** Of all hosts: the part that was lost, and open ports expected to have been missed on hosts whose loss was measured. */
  estimate(): { readonly loss: number; readonly missedOpen: number } {
    const { loss, opened, good, settled } = this.#hosts;
    let missedOpen = 0;
    for (let host = 0; host < this.#hosts.count; host += 1) {
      const own = loss.of(host);
      if (settled[host] === this.#hosts.sizeOf(host)) continue;
      if (isMeasured(own)) missedOpen += missedAfter(opened[host] ?? 0, own, loss.all, Math.max(1, good[host] ?? 0));
    }
    return { loss: lossOf(loss.all), missedOpen };
  }
}
