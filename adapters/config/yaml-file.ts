import { readFile } from 'node:fs/promises';
import { isMap, isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { BadInput, messageOf } from '../../core/errors.ts';
import { toSettings, type Locate } from '../../core/config/normalise.ts';
import { BadConfig } from '../../core/config/problems.ts';
import type { KeyName } from '../../core/config/schema.ts';
import type { Settings } from '../../core/config/settings.ts';

const DEFAULT_FILE = 'portcullis.yaml';

/** Values of the command line, as written, under the key they override. */
export type ConfigFlags = Partial<Readonly<Record<KeyName, string | boolean>>>;

/**
 * Reads the configuration: defaults, then the file, then flags of the same name.
 * Without `file`, `portcullis.yaml` of the working directory is read when it is there.
 * @throws BadConfig with a line for each mistake; BadInput when the file cannot be read.
 */
export async function loadConfig({ file, flags = {} }: { file?: string; flags?: ConfigFlags } = {}): Promise<Settings> {
  const text = await readConfig(file);
  const { values, locate } = text === null ? NOTHING : parse(file ?? DEFAULT_FILE, text);
  const overrides = Object.fromEntries(Object.entries(flags).map(([key, value]) => [key, flagValue(key, value)]));
  return toSettings({ ...values, ...overrides }, (path) =>
    Object.hasOwn(overrides, String(path[0])) ? { order: -1, where: flagName(String(path[0])) } : locate(path),
  );
}

async function readConfig(file: string | undefined): Promise<string | null> {
  try {
    return await readFile(file ?? DEFAULT_FILE, 'utf8');
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    if (missing && file === undefined) return null;
    const reason = missing ? 'there is no such file' : messageOf(error);
    throw new BadInput(`cannot read the configuration ${file ?? DEFAULT_FILE}: ${reason}`, { cause: error });
  }
}

interface Parsed {
  values: Record<string, unknown>;
  locate: Locate;
}

const NOTHING: Parsed = { values: {}, locate: () => ({ order: 0, where: DEFAULT_FILE }) };

function parse(file: string, text: string): Parsed {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const mistakes = [...document.errors, ...document.warnings];
  if (mistakes.length > 0) {
    throw new BadConfig(
      mistakes.map(({ pos, code, message }) => {
        const { line, col } = lines.linePos(pos[0]);
        return `${file}:${line}:${col}: ${code === 'DUPLICATE_KEY' ? 'this key stands here a second time: write it once' : `not YAML: ${message}`}`;
      }),
    );
  }
  if (document.contents === null) return { values: {}, locate: NOTHING.locate };
  if (!isMap(document.contents)) {
    throw new BadConfig([`${file}:1: the file must hold keys, such as "mode: observe"`]);
  }
  return {
    values: toValues(file, document),
    locate: (path) => {
      const offset = offsetOf(document, path);
      return { order: offset, where: `${file}:${lines.linePos(offset).line}: ${nameOf(path)}` };
    },
  };
}

function toValues(file: string, document: Document): Record<string, unknown> {
  try {
    return document.toJS() as Record<string, unknown>;
  } catch (error) {
    throw new BadConfig([`${file}: ${messageOf(error)}`]);
  }
}

/** Where the key or list item at `path` starts; of its nearest ancestor when it is not there itself (a key that is missing). */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  let node: unknown = document.contents;
  let offset = 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(key) === String(step));
      if (pair === undefined) break;
      if (isNode(pair.key)) offset = pair.key.range?.[0] ?? offset;
      node = pair.value;
    } else {
      node = document.getIn(path.slice(0, path.indexOf(step) + 1), true);
      if (isNode(node)) offset = node.range?.[0] ?? offset;
    }
  }
  return offset;
}

/** `['owners', 0, 'email']` -> `owners[0].email` */
function nameOf(path: readonly PropertyKey[]): string {
  return path
    .map((step, at) => (typeof step === 'number' ? `[${step}]` : `${at === 0 ? '' : '.'}${String(step)}`))
    .join('');
}

/** `approvalTtl` -> `--approval-ttl` */
function flagName(key: string): string {
  return `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Flags are texts; keys that are numbers take numbers. */
function flagValue(key: string, value: string | boolean): string | number | boolean {
  const isNumber = key === 'rate' || key === 'ratePerAddress';
  return isNumber && typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
}
