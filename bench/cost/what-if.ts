import { billOf, type PriceTable, totalOf } from './bill.ts';
import { type Design, TODAY } from './design.ts';
import { type Inputs, monthOf } from './model.ts';

/** A change to Portcullis and what it would save on top of those before it. */
export interface WhatIf {
  readonly change: string;
  readonly saves: number;
  /** Dollars a month after it. */
  readonly total: number;
}

const CHANGES: readonly (readonly [change: string, Partial<Design>])[] = [
  ['the template takes the smallest Fargate task that carries the rate', { smallTask: true }],
  ['no Container Insights: the alarm on tasks looks at something else', { containerInsights: false }],
  ['the weekly back-stop (row 8) leaves out what row 1 has swept in that week', { backstopSkipsSwept: true }],
  ['Lambda waits 5 s for a batch of results', { resultWindowSeconds: 5 }],
  ['a scanner task waits for shards with one long poll a lane', { scannerPolls: 3 }],
  ['planning reads its lists eventually consistent', { listReadShare: 0.5 }],
  ['the first scanner task is Spot too', { firstTask: 'Spot' }],
];

export function whatIfs(inputs: Inputs, table: PriceTable): WhatIf[] {
  const totalIn = (design: Design): number => totalOf(billOf(monthOf(inputs, design), inputs.deployed, design, table));
  let design = TODAY;
  let before = totalIn(design);
  return CHANGES.map(([change, knobs]) => {
    design = { ...design, ...knobs };
    const total = totalIn(design);
    const saves = before - total;
    before = total;
    return { change, saves, total };
  });
}
