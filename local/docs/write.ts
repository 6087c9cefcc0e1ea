import { writeFile } from 'node:fs/promises';
import { configurationPage } from './configuration.ts';
import { formatsPage } from './formats.ts';

const docs = new URL('../../docs/', import.meta.url);

await writeFile(new URL('configuration.md', docs), configurationPage());
await writeFile(new URL('formats.md', docs), formatsPage());
