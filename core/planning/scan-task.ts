/** In the place of a task of the catalogue: of what somebody asked for. */
export const SCAN = 'scan';
