/** Living sets that a task or a scan can name: assets, assets by liveness, address:port pairs by state, pairs that rules admit. */
export const TARGET_LABELS = [
  'IP_ASSETS',
  'IP_ONLINE',
  'IP_OFFLINE',
  'PORT_OPEN',
  'PORT_DOWN',
  'PORT_ADMITTED',
] as const;
export type TargetLabel = (typeof TARGET_LABELS)[number];
