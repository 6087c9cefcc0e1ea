import { ACTIONS } from './actions.ts';
import { EXPORT } from './export.ts';
import { PAGE } from './page.ts';
import { READS } from './reads.ts';

/** What `makeBaseApp` serves, but the document itself. */
export const BASE_ROUTES = [PAGE, READS, EXPORT, ACTIONS];
