/**
 * Ports asked back to back, and at their end a control: a port that is known to draw an ICMP error. While a host hands out no error, its
 * allowance of them only grows. So when the control alone is answered, all before it could have been refused and were not: their silence
 * is their own. When the control is silent too, or a member was refused and may have taken the last of the allowance, silence proves nothing.
 */
export class Group {
  readonly members: readonly number[];
  readonly control: number;
  readonly at: number;
  readonly due: number;
  readonly #refused = new Set<number>();

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
    if (index === this.control || this.members.includes(index)) this.#refused.add(index);
  }

  get controlAnswered(): boolean {
    return this.#refused.has(this.control);
  }

  /** ICMP errors that the group drew, its control's included. */
  get answers(): number {
    return this.#refused.size;
  }

  /** Whether the silence of its members counts. */
  get witnessed(): boolean {
    return this.controlAnswered && this.answers === 1;
  }
}
