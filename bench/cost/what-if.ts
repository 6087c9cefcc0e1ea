import { billOf, type PriceTable, totalOf } from './bill.ts';
import { type Design, TODAY } from './design.ts';
import { type Inputs, monthOf } from './model.ts';

/** What else could be, and what it would save by itself; less than nothing where it costs more. */
export interface WhatIf {
  readonly change: string;
  readonly saves: number;
  /** Dollars a month after it. */
  readonly total: number;
}

const CHANGES: readonly (readonly [change: string, Partial<Design>])[] = [
  ['Spot has no capacity the whole month: the first task is on demand', { firstTask: 'on demand' }],
  ['Lambda waits 5 s for a batch of results; not done, since a verdict would wait too', { resultWindowSeconds: 5 }],
  ['no dashboard', { dashboard: false }],
];

export function whatIfs(inputs: Inputs, table: PriceTable): WhatIf[] {
  const totalIn = (design: Design): number => totalOf(billOf(monthOf(inputs, design), inputs.deployed, design, table));
  const today = totalIn(TODAY);
  return CHANGES.map(([change, knobs]) => {
    const total = totalIn({ ...TODAY, ...knobs });
    return { change, saves: today - total, total };
  });
}
