import { createReadStream } from 'node:fs';
import { BadInput, messageOf } from '../../../core/errors.ts';
import type { Io } from '../io.ts';

/** What an import reads from. */
export interface ImportSource {
  /** For messages: `"scan.xml"`, or `stdin`. */
  readonly name: string;
  /** UTF-8 text as it arrives. Throws Unreadable. */
  readonly pieces: AsyncIterable<string>;
}

/** Its message names what could not be read. */
export class Unreadable extends BadInput {}

/** What the system says, in words that tell a person what to do. */
const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a directory; give one file, or - and the text on stdin',
  EACCES: 'you may not read it',
  EPERM: 'you may not read it',
  ELOOP: 'it is a link that leads back to itself',
};

/** `file`: path; `-` is stdin. */
export function importSource(io: Io, file: string): ImportSource {
  if (file === '-') return { name: 'stdin', pieces: readable('stdin', () => io.pieces()) };
  const name = `"${file}"`;
  return { name, pieces: readable(name, () => createReadStream(file, { encoding: 'utf8' })) };
}

async function* readable(name: string, open: () => AsyncIterable<unknown>): AsyncIterable<string> {
  try {
    for await (const piece of open()) yield String(piece);
  } catch (error) {
    throw new Unreadable(`cannot read ${name}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Without the name of the file and of the system call, which Node.js puts behind the message of the system. */
function reasonOf(error: unknown): string {
  const { code = '', syscall } = error as NodeJS.ErrnoException;
  const known = REASONS[code];
  if (known !== undefined) return known;
  const text = messageOf(error).replace(/^[A-Z\d]+: /, '');
  return syscall === undefined ? text : (text.split(`, ${syscall}`, 1)[0] ?? text);
}
