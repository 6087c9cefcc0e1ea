import { writeFile } from 'node:fs/promises';
import { iamPage } from './iam-page.ts';

await writeFile(new URL('../../docs/iam.md', import.meta.url), iamPage());
