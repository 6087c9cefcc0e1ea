/**
 * Ports asked back to back, and at their end a control: a port that is known to draw an ICMP error. A host's allowance of such errors only
 * shrinks within the moment that takes. So what is silent before something that was answered was silent of its own accord, and what is
 * silent after the last answer proves nothing.
 */
export class Group {
  readonly members: readonly number[];
  readonly control: number;
  readonly at: number;
  readonly due: number;
  readonly #drew = new Set<number>();
  #last = -1;

  constructor(members: readonly number[], control: number, at: number, waitMs: number) {
    this.members = members;
    this.control = control;
    this.at = at;
    this.due = at + waitMs;
  }

  /** In the order in which they are sent. */
  get ports(): readonly number[] {
    return [...this.members, this.control];
  }

  refused(index: number): void {
    const place = index === this.control ? this.members.length : this.members.indexOf(index);
    if (place === -1) return;
    this.#drew.add(place);
    this.#last = Math.max(this.#last, place);
  }

  get controlAnswered(): boolean {
    return this.#drew.has(this.members.length);
  }

  get answers(): number {
    return this.#drew.size;
  }

  /** Whether the silence of this member counts. */
  witnessed(index: number): boolean {
    const place = this.members.indexOf(index);
    return place !== -1 && place < this.#last;
  }
}
