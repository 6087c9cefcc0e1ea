import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// By this call, as a file with a capability does not take NODE_COMPILE_CACHE from its surroundings. Where the folder is missing and cannot be
// made, or was filled by another user or Node, sources are compiled at every start as if there were none.
enableCompileCache(fileURLToPath(new URL('../.compiled', import.meta.url)));
