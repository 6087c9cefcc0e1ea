import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';

/** Modules that only export data. */
const CONSTANTS = /lambdas[\\/]api[\\/]document\.ts$/;

/**
 * Modules whose exports are worked out when a function is bundled, and are in it as data. The OpenAPI document is one: what writes it is a
 * third of the function that serves it, and needs the parts of zod that `leanPackages` leaves out.
 */
export const writtenConstants: Plugin = {
  name: 'written-constants',
  setup(build) {
    build.onLoad({ filter: CONSTANTS }, async ({ path }) => {
      const constants = (await import(pathToFileURL(path).href)) as Record<string, unknown>;
      const lines = Object.entries(constants).map(
        ([name, value]) => `export const ${name} = ${JSON.stringify(value)};`,
      );
      return { contents: lines.join('\n') };
    });
  },
};
