/**
 * Ports asked back to back, and at their end controls: ports that are known to draw an ICMP error, one for each machine that sends them (the
 * host, a firewall before it). While a machine sends no error, its allowance of them only grows. So when the controls alone are answered, all
 * before them could have been refused and were not: their silence is their own. When a control is silent too, or a member was refused and may
 * have taken the last of an allowance, silence proves nothing.
 */
export class Group {
  readonly members: readonly number[];
  readonly controls: readonly number[];
  readonly at: number;
  readonly due: number;
  readonly #refused = new Set<number>();

  constructor(members: readonly number[], controls: readonly number[], at: number, waitMs: number) {
    this.members = members;
    this.controls = controls;
    this.at = at;
    this.due = at + waitMs;
  }

  /** In the order in which they are sent. */
  get ports(): readonly number[] {
    return [...this.members, ...this.controls];
  }

  refused(index: number): void {
    if (this.ports.includes(index)) this.#refused.add(index);
  }

  get controlsAnswered(): boolean {
    return this.controls.every((index) => this.#refused.has(index));
  }

  /** How many members drew an ICMP error. */
  get membersRefused(): number {
    return this.members.filter((index) => this.#refused.has(index)).length;
  }

  /** Whether the silence of its members counts. */
  get witnessed(): boolean {
    return this.controlsAnswered && this.membersRefused === 0;
  }
}
