import { writeDocument } from './document.ts';
import { APPROVALS } from './routes/approvals.ts';
import { BASE_ROUTES } from './routes/base.ts';
import { LINKS } from './routes/links.ts';

/** The API of one machine. */
export const DOCUMENT = writeDocument([...BASE_ROUTES, LINKS, APPROVALS], {
  description: 'Reading is open on loopback; everything else needs the bearer token.',
  scheme: { type: 'http', scheme: 'bearer' },
  readsToo: false,
});
