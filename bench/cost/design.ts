/** Parts of the design that the bill depends on and that could be otherwise. */
export interface Design {
  /** Seconds that Lambda waits for more results before it takes a batch. */
  readonly resultWindowSeconds: number;
  /** What the first scanner task runs on: the reserve on demand only when Spot has no capacity. */
  readonly firstTask: 'on demand' | 'Spot';
  readonly dashboard: boolean;
}

/** As the code and the templates are. */
export const TODAY: Design = {
  resultWindowSeconds: 0,
  firstTask: 'Spot',
  dashboard: true,
};
