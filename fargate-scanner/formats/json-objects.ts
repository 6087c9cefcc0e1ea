import { BadInput } from '../../core/errors.ts';
import { excerpt, MOST_CHARACTERS } from './lines.ts';

const [NEWLINE, QUOTE, BACKSLASH, OPEN, CLOSE] = ['\n', '"', '\\', '{', '}'].map((c) => c.charCodeAt(0));
const BLANKS = new Set([' ', '\t', '\r', '\n', '\uFEFF']);

/**
 * The objects of a text that arrives in pieces: one after the other, or in an array, with commas and brackets missing or too many, as masscan
 * writes them. @throws BadInput for anything else between them
 */
export class JsonObjects {
  #line = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #text = '';
  #startLine = 1;
  #arrays = 0;

  /** Number of the line that is being read, from 1. */
  get line(): number {
    return this.#line;
  }

  /** The line in which an object begins that has not ended; null when there is none. */
  get unfinished(): number | null {
    return this.#depth > 0 ? this.#startLine : null;
  }

  /** `[` without its `]`. */
  get inArray(): boolean {
    return this.#arrays > 0;
  }

  /** Calls `each` for every object that is whole now, with the line it begins in. */
  write(text: string, each: (object: string, line: number) => void): void {
    let from = 0;
    for (let i = 0; i < text.length; i += 1) {
      const code = text.charCodeAt(i);
      if (code === NEWLINE) this.#line += 1;
      if (this.#depth === 0) {
        if (code === OPEN) {
          this.#depth = 1;
          this.#startLine = this.#line;
          from = i;
        } else this.#between(text, i);
      } else if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (code === BACKSLASH) this.#escaped = true;
        else if (code === QUOTE) this.#inString = false;
      } else if (code === QUOTE) this.#inString = true;
      else if (code === OPEN) this.#depth += 1;
      else if (code === CLOSE) {
        this.#depth -= 1;
        if (this.#depth === 0) {
          each(this.#text + text.slice(from, i + 1), this.#startLine);
          this.#text = '';
        }
      }
    }
    if (this.#depth > 0) this.#text += text.slice(from);
    if (this.#text.length > MOST_CHARACTERS) {
      throw new BadInput(`line ${this.#startLine}: a record has more than ${MOST_CHARACTERS} characters`);
    }
  }

  #between(text: string, at: number): void {
    const character = text.charAt(at);
    if (character === '[') this.#arrays += 1;
    else if (character === ']') this.#arrays = Math.max(0, this.#arrays - 1);
    else if (character !== ',' && !BLANKS.has(character)) {
      const rest = text.slice(at, at + 200).split('\n', 1)[0] ?? '';
      throw new BadInput(
        `line ${this.#line}: ${excerpt(rest)} is not a JSON record: records begin with { and end with }`,
      );
    }
  }
}
