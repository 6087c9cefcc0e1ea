import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { leanPackages } from './lean-packages.ts';
import { writtenConstants } from './written-constants.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** The file of a bundle that Lambda loads. */
export const ENTRY = 'index.mjs';

export interface Bundle {
  /** Folder under lambdas/. */
  readonly name: string;
  readonly directory: string;
  /** Bytes that Node loads before the first event: the entry and what it imports at once, without maps. */
  readonly coldBytes: number;
  /** With what it imports only when it is needed. */
  readonly bytes: number;
}

/** Names of the functions: folders of lambdas/ with a handler.ts, sorted. */
export async function functionNames(): Promise<string[]> {
  const files = await readdir(join(ROOT, 'lambdas'), { recursive: true });
  return files
    .filter((file) => file.endsWith('handler.ts'))
    .map((file) => file.slice(0, -'/handler.ts'.length))
    .toSorted();
}

/** Bundles functions, each into a folder of its name below `directory`. @throws when one does not compile. */
export function bundleFunctions(
  names: readonly string[],
  directory: string,
  { minify = true }: { minify?: boolean } = {},
): Promise<Bundle[]> {
  return Promise.all(names.map((name) => bundleFunction(name, join(directory, name), minify)));
}

async function bundleFunction(name: string, directory: string, minify: boolean): Promise<Bundle> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { [basename(ENTRY, '.mjs')]: `lambdas/${name}/handler.ts` },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify,
    legalComments: 'none',
    // What the SDK imports only when it is needed stays in files of its own and costs a cold start nothing.
    splitting: true,
    sourcemap: true,
    // Positions are enough for a stack trace; Node reads the maps at the start.
    sourcesContent: false,
    // The Lambda runtime's copy of the SDK changes under us; ours is what was tested.
    external: [],
    // CommonJS packages inside an ES module call require().
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
    plugins: [writtenConstants, leanPackages],
    metafile: true,
    logLevel: 'error',
  });
  const cold = reachable(metafile, (kind) => kind !== 'dynamic-import');
  const used = reachable(metafile, () => true);
  // What only code imports that was left out of the bundle.
  const unused = Object.keys(metafile.outputs).filter(
    (path) => !used.has(path) && !used.has(path.replace(/\.map$/, '')),
  );
  await Promise.all(unused.map((path) => rm(join(ROOT, path))));
  return { name, directory, coldBytes: sum(cold), bytes: sum(used) };
}

type Outputs = ReadonlyMap<string, Metafile['outputs'][string]>;

/** The entry and everything it imports, directly or not, by imports of these kinds. */
function reachable({ outputs }: Metafile, follows: (kind: string) => boolean): Outputs {
  const found = new Map<string, Metafile['outputs'][string]>();
  const visit = (path: string): void => {
    const output = outputs[path];
    if (output === undefined || found.has(path)) return;
    found.set(path, output);
    for (const { path: next, kind } of output.imports) if (follows(kind)) visit(next);
  };
  for (const path of Object.keys(outputs)) if (basename(path) === ENTRY) visit(path);
  return found;
}

const sum = (outputs: Outputs): number => [...outputs.values()].reduce((bytes, output) => bytes + output.bytes, 0);
