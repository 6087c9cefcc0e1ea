/** Parts of the design that the bill depends on and that could be otherwise. */
export interface Design {
  /** Does the weekly sweep of everything leave out what another row has swept in that week? */
  readonly backstopSkipsSwept: boolean;
  /** Seconds that Lambda waits for more results before it takes a batch. */
  readonly resultWindowSeconds: number;
  /** Long polls of one scanner task at once. */
  readonly scannerPolls: number;
  /** Of lists that planning reads: 1 strongly, 0.5 eventually consistent. */
  readonly listReadShare: number;
  readonly firstTask: 'on demand' | 'Spot';
  /** Fargate's smallest task that carries the rate, instead of the template's. */
  readonly smallTask: boolean;
  readonly containerInsights: boolean;
}

/** As the code and the templates are. */
export const TODAY: Design = {
  backstopSkipsSwept: false,
  resultWindowSeconds: 0,
  // fargate-scanner/main.ts: 8 for urgent work, 4 and 4 for the other lanes.
  scannerPolls: 16,
  listReadShare: 1,
  firstTask: 'on demand',
  smallTask: false,
  containerInsights: true,
};
