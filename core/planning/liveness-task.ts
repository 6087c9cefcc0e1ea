/** Row 0 of the catalogue: its shards look for any answer, not at ports alone. */
export const LIVENESS_TASK = '0';
