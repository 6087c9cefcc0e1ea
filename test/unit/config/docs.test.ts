import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, toSettings } from '../../../core/config/normalise.ts';
import { KEY_NAMES, KEYS } from '../../../core/config/schema.ts';
import { configurationPage } from '../../../local/docs/configuration.ts';
import { formatsPage } from '../../../local/docs/formats.ts';

const docs = (name: string) => readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');
const locate = () => ({ order: 0, where: 'example' });
/** What a key cannot stand without. */
const NEEDED: Record<string, Record<string, unknown>> = { signIn: { approvers: ['ana@example.com'] } };

describe('generated documentation', () => {
  it('docs/configuration.md is what the schema says (npm run docs)', async () => {
    expect(await docs('configuration.md')).toBe(configurationPage());
  });

  it('docs/formats.md is what the schemas say (npm run docs)', async () => {
    expect(await docs('formats.md')).toBe(formatsPage());
  });

  it.each(KEY_NAMES)('the example of %s is accepted', (name) => {
    const raw = parse(KEYS[name].example) as Record<string, unknown>;
    expect(Object.keys(raw)).toEqual([name]);
    expect(() => toSettings({ ...raw, ...NEEDED[name] }, locate)).not.toThrow();
  });

  it.each(
    KEY_NAMES.filter(
      (name) => !KEYS[name].default.includes(' ') && !['nothing', 'nobody'].includes(KEYS[name].default),
    ),
  )('the default of %s that the reference names is the one that holds', (name) => {
    const raw = parse(`${name}: ${KEYS[name].default}`) as Record<string, unknown>;
    expect(toSettings(raw, locate)).toEqual(DEFAULT_SETTINGS);
  });
});
