import type { Tags } from '../cloud/network.ts';
import type { Owner } from './owners.ts';

/** Names of tags that say who owns something, most telling first; case and the signs between words do not count. */
const OWNER_TAGS = ['owner', 'ownername', 'serviceowner', 'team', 'teamname', 'ownerteam'];
const EMAIL_TAGS = ['owneremail', 'email', 'teamemail', 'contact', 'contactemail'];

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Who owns what has these tags, from several objects in order of trust: the first that names an owner or an address of one decides. */
export function ownerFromTags(tagsInOrder: readonly Tags[]): Owner | null {
  for (const tags of tagsInOrder) {
    const named = firstOf(tags, OWNER_TAGS);
    const email = [firstOf(tags, EMAIL_TAGS), named].find((text) => text !== null && EMAIL.test(text)) ?? null;
    const owner = named ?? email;
    if (owner !== null) return { owner, email };
  }
  return null;
}

function firstOf(tags: Tags, names: readonly string[]): string | null {
  const byName = new Map<string, string>();
  for (const key of Object.keys(tags).sort()) {
    const name = key.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
    const value = tags[key]?.trim() ?? '';
    if (value !== '' && !byName.has(name)) byName.set(name, value);
  }
  for (const name of names) {
    const value = byName.get(name);
    if (value !== undefined) return value;
  }
  return null;
}
