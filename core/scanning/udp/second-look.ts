import { Group } from './group.ts';
import { ReplyBudget } from './reply-budget.ts';

/** Longest time one host's silent ports are asked again, one at a time if need be, after every port had its tries. */
const MOST_MS = 120_000;
/** A group is over after three of the longest round trips seen and 50 ms, but not sooner than this. */
const SHORTEST_GROUP_MS = 100;

/** The silent ports of a host that sends ICMP errors, asked again in groups until their silence counts. Ports are named by their index. */
export class SecondLook {
  readonly #timeoutMs: number;
  readonly #budget = new ReplyBudget();
  readonly #controls: number[] = [];
  readonly #isControl: Uint8Array;
  #pending: readonly number[] | null = null;
  #group: Group | null = null;
  #from = 0;
  #until = 0;
  #turn = 0;
  #slowest = 0;

  constructor(size: number, timeoutMs: number) {
    this.#isControl = new Uint8Array(size);
    this.#timeoutMs = timeoutMs;
  }

  /** Whether this host sends ICMP errors at all. */
  get possible(): boolean {
    return this.#controls.length > 0;
  }

  get begun(): boolean {
    return this.#pending !== null;
  }

  /** Whether a group is on its way. */
  get waiting(): boolean {
    return this.#group !== null;
  }

  begin(pending: readonly number[], now: number): void {
    this.#pending = pending;
    this.#until = now + MOST_MS;
  }

  /** Whether there is nothing more to ask, or no time or no control for it. */
  isOver(now: number): boolean {
    return this.#pending?.length === 0 || this.#controls.length === 0 || now >= this.#until;
  }

  /** This port drew an ICMP error, after `rttMs`. */
  drew(index: number, rttMs: number): void {
    this.#slowest = Math.max(this.#slowest, rttMs);
    if (this.#isControl[index] === 0) this.#controls.push(index);
    this.#isControl[index] = 1;
    this.#group?.refused(index);
  }

  /** The next group, `most` ports and a control, in the order in which they are to be sent; empty: not yet. */
  next(now: number, most: number): readonly number[] {
    if (this.#pending === null || this.#group !== null || now < this.#from) return [];
    const members = this.#pending.slice(0, Math.max(1, Math.min(most, this.#budget.size)));
    const control = this.#controls[this.#turn % this.#controls.length];
    if (members.length === 0 || control === undefined) return [];
    this.#turn += 1;
    const waitMs = Math.max(SHORTEST_GROUP_MS, 3 * this.#slowest + 50);
    this.#group = new Group(members, control, now, Math.min(waitMs, this.#timeoutMs));
    return this.#group.ports;
  }

  /** When the port was asked as part of the group on its way; undefined when it is no part of it. */
  askedAt(index: number): number | undefined {
    return this.#group?.ports.includes(index) === true ? this.#group.at : undefined;
  }

  /** A port of the group was not sent, so it proves nothing. `forGood`: it is no control any more either. */
  broken(index: number, forGood: boolean): void {
    this.#group = null;
    const place = forGood ? this.#controls.indexOf(index) : -1;
    if (place !== -1) this.#controls.splice(place, 1);
  }

  /**
   * The silent ports of the group if it is over, and whether their silence counts; null: none is over. `late`: our own lateness may have made
   * the silence, so nothing is learnt from it.
   */
  end(
    now: number,
    isSettled: (index: number) => boolean,
    late: boolean,
  ): { silent: readonly number[]; counts: boolean } | null {
    const group = this.#group;
    if (group === null || this.#pending === null) return null;
    // With one control alone its late answer would be taken for one to the next group.
    const early = this.#controls.length > 1 && group.members.every(isSettled);
    if (!early && now < group.due) return null;
    this.#group = null;
    if (!late) this.#budget.learn(group.controlAnswered, group.answers);
    this.#from = group.at + this.#budget.waitMs;
    const silent = late ? [] : group.members.filter((index) => !isSettled(index));
    return { silent, counts: group.witnessed };
  }

  /** Forgets the ports that are settled by now. */
  sift(isSettled: (index: number) => boolean): void {
    this.#pending = this.#pending?.filter((index) => !isSettled(index)) ?? null;
  }
}
