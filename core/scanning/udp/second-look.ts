import { Group } from './group.ts';
import { ReplyBudget } from './reply-budget.ts';

/** Longest time one host's silent ports are asked again, one at a time if need be, after every port had its tries. */
const MOST_MS = 120_000;
/** A group is over after three of the longest round trips seen and 50 ms, but not sooner than this. */
const SHORTEST_GROUP_MS = 100;
/** Machines whose ICMP errors are told apart, on the way to one address. */
const MOST_SENDERS = 4;

/** The silent ports of a host that sends ICMP errors, asked again in groups until their silence counts. Ports are named by their index. */
export class SecondLook {
  readonly #timeoutMs: number;
  readonly #budget = new ReplyBudget();
  /** Ports that drew an ICMP error, by who sent it. */
  readonly #controls = new Map<string, number[]>();
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
    return this.#controls.size > 0;
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
    return this.#pending?.length === 0 || this.#controls.size === 0 || now >= this.#until;
  }

  /** This port drew an ICMP error from `sender`, after `rttMs`. */
  drew(index: number, sender: string, rttMs: number): void {
    this.#slowest = Math.max(this.#slowest, rttMs);
    this.#group?.refused(index);
    if (this.#isControl[index] !== 0) return;
    this.#isControl[index] = 1;
    const known = this.#controls.get(sender);
    if (known !== undefined) known.push(index);
    else if (this.#controls.size < MOST_SENDERS) this.#controls.set(sender, [index]);
  }

  /** The next group, `most` ports and the controls, in the order in which they are to be sent; empty: not yet. */
  next(now: number, most: number): readonly number[] {
    if (this.#pending === null || this.#group !== null || now < this.#from) return [];
    const members = this.#pending.slice(0, Math.max(1, Math.min(most, this.#budget.size)));
    const controls = [...this.#controls.values()].flatMap((ports) => ports[this.#turn % ports.length] ?? []);
    if (members.length === 0 || controls.length === 0) return [];
    this.#turn += 1;
    const waitMs = Math.max(SHORTEST_GROUP_MS, 3 * this.#slowest + 50);
    this.#group = new Group(members, controls, now, Math.min(waitMs, this.#timeoutMs));
    return this.#group.ports;
  }

  /** When the port was asked as part of the group on its way; undefined when it is no part of it. */
  askedAt(index: number): number | undefined {
    return this.#group?.ports.includes(index) === true ? this.#group.at : undefined;
  }

  /** A port of the group was not sent, so it proves nothing. `forGood`: it is no control any more either. */
  broken(index: number, forGood: boolean): void {
    this.#group = null;
    if (!forGood) return;
    for (const [sender, ports] of this.#controls) {
      const left = ports.filter((port) => port !== index);
      if (left.length === 0) this.#controls.delete(sender);
      else this.#controls.set(sender, left);
    }
  }

  /**
   * The silent ports of the group if it is over, and whether their silence counts; null: none is over. `dropped`: answers were lost on our
   * side, so nothing is learnt from it.
   */
  end(
    now: number,
    isSettled: (index: number) => boolean,
    dropped: boolean,
  ): { silent: readonly number[]; counts: boolean } | null {
    const group = this.#group;
    if (group === null || this.#pending === null) return null;
    // With one control alone its late answer would be taken for one to the next group.
    const early = [...this.#controls.values()].every((ports) => ports.length > 1) && group.members.every(isSettled);
    if (!early && now < group.due) return null;
    this.#group = null;
    if (!dropped) this.#budget.learn(group.controlsAnswered, group.membersRefused);
    this.#from = group.at + this.#budget.waitMs;
    const silent = dropped ? [] : group.members.filter((index) => !isSettled(index));
    return { silent, counts: group.witnessed };
  }

  /** Forgets the ports that are settled by now. */
  sift(isSettled: (index: number) => boolean): void {
    this.#pending = this.#pending?.filter((index) => !isSettled(index)) ?? null;
  }
}
