import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Plugin } from 'esbuild';

const SPEAKS_JSON = /@aws-sdk[\\/](client-(dynamodb|kms|securityhub|sqs)|dynamodb-codec)[\\/]/;
/** Said to esbuild when it is asked from here, so that it does not ask back. */
const WHOLE = 'whole';

/**
 * What keeps esbuild from leaving out the parts of packages that a function never runs. Nothing here changes what the functions do:
 *
 * - Our own modules do nothing when they are loaded but define things (test/unit/architecture.test.ts holds it for core/): one of which
 *   nothing is used is left out with everything it computes.
 * - The SDK's schemas write `{ [_key]: value }` with `const _key = "text"`. A computed key may run code, so esbuild keeps every schema of
 *   the service: 550 kB for EC2, of which one call needs 5. Written as plain keys they are only data.
 * - The SDK registers a class for each error of a service: 16 kB for DynamoDB and SQS. An error that is not registered has the same name,
 *   message and status on a common class, and only names are asked for (test/infra/lean-packages.test.ts holds both). Services that answer
 *   in XML are left alone: there the class also says the name.
 * - All protocols of AWS come from one module, so that what another file of the bundle needs (XML, for EC2) lands in the first. The clients
 *   that every function has speak JSON.
 * - DynamoDB's client caches endpoints it may have been told of, in a cache with a package of its own; a Map does.
 * - The SDK brings SHA-256 and MD5 in JavaScript, for where `node:crypto` has none; in Lambda it has both.
 * - Each SDK client imports its whole package.json to learn its version.
 * - zod exports the error messages of fifty languages; ours are English. It also brings a writer of JSON Schema: the one document that we
 *   serve is written before (`writtenConstants`).
 * - In Lambda credentials are variables, the first thing the SDK's chain of providers looks at. The others (files, SSO, web identity,
 *   instance metadata) would bring three more service clients.
 */
export const leanPackages: Plugin = {
  name: 'lean-packages',
  setup(build) {
    build.onLoad({ filter: /@aws-sdk[\\/][\w-]+[\\/].*schemas_\d+\.js$/ }, async ({ path }) => ({
      contents: withPlainKeys(withoutErrors(path, await readFile(path, 'utf8'))),
    }));
    build.onResolve({ filter: /^\.\.?\/.*\.ts$/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
      if (pluginData === WHOLE || importer.includes('node_modules')) return undefined;
      const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: WHOLE });
      return { ...found, sideEffects: false };
    });
    build.onResolve(
      { filter: /^@aws-sdk\/core\/protocols$/ },
      async ({ path, importer, resolveDir, kind, pluginData }) => {
        if (pluginData === WHOLE || !SPEAKS_JSON.test(importer)) return undefined;
        const whole = await build.resolve(path, { importer, resolveDir, kind, pluginData: WHOLE });
        return { path: whole.path, namespace: 'json-protocols' };
      },
    );
    build.onLoad({ filter: /.*/, namespace: 'json-protocols' }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(/^export .* from "\.\/(cbor|query|xml)\/.*$/gm, ''),
      resolveDir: dirname(path),
    }));
    build.onLoad({ filter: /@smithy[\\/]core[\\/].*[\\/](Sha256|Md5)Js\.js$/ }, async ({ path }) => ({
      contents: withoutBodies(await readFile(path, 'utf8'), 'node:crypto has no SHA-256 or no MD5'),
    }));
    build.onLoad({ filter: /mnemonist[\\/]lru-cache\.js$/ }, () => ({
      contents: 'export default class Cache extends Map { constructor() { super(); } }',
    }));
    build.onLoad({ filter: /@(aws-sdk|smithy)[\\/][\w-]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, 'utf8')) as { version: string };
      return { contents: JSON.stringify({ version }), loader: 'json' };
    });
    build.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: dirname(path),
    }));
    build.onLoad(
      { filter: /zod[\\/]v4[\\/]core[\\/](to-json-schema|json-schema-processors)\.js$/ },
      async ({ path }) => ({
        contents: withoutBodies(
          await readFile(path, 'utf8'),
          'functions are bundled without the JSON Schema writer of zod',
        ),
      }),
    );
    build.onLoad({ filter: /credential-provider-node[\\/]dist-es[\\/]index\.js$/ }, ({ path }) => ({
      contents: "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
      resolveDir: dirname(path),
    }));
  },
};

/** `{ [_key]: 1 }` becomes `{ "text": 1 }` where the module says `const _key = "text";`. */
export function withPlainKeys(source: string): string {
  const texts = new Map<string, string>();
  for (const [, name = '', text = ''] of source.matchAll(/^const (\w+) = ("(?:[^"\\]|\\.)*");$/gm)) {
    texts.set(name, text);
  }
  return source.replaceAll(/\[(\w+)\]:/g, (key, name: string) => {
    const text = texts.get(name);
    return text === undefined ? key : `${text}:`;
  });
}

/** The clients whose errors are known by name alone, wherever they are caught. */
export const ERRORS_BY_NAME = ['client-dynamodb', 'client-kms', 'client-securityhub', 'client-sqs'] as const;

function withoutErrors(path: string, source: string): string {
  const isOne = ERRORS_BY_NAME.some((client) => path.replaceAll('\\', '/').includes(`/@aws-sdk/${client}/`));
  // `_s_registry` has the common class.
  return isOne ? source.replaceAll(/^n0_registry\.registerError\(.*\);$/gm, '') : source;
}

/** A module with the same exports, each a function that gives such a function when it makes one and throws `why` when it is used. */
export function withoutBodies(source: string, why: string): string {
  const names = [...source.matchAll(/^export (?:const|function|class) (\w+)/gm)].map(([, name]) => name);
  const absent = `function absent() { throw new Error(${JSON.stringify(why)}); }`;
  const makes = (name = '') => name.startsWith('create');
  return [absent, ...names.map((name) => `export const ${name} = ${makes(name) ? '() => absent' : 'absent'};`)].join(
    '\n',
  );
}
