/** Amounts by name. */
export class Units {
  readonly byName: Record<string, number> = {};

  add(name: string, amount: number): void {
    this.byName[name] = (this.byName[name] ?? 0) + amount;
  }

  set(name: string, amount: number): void {
    this.byName[name] = amount;
  }
}
