import { BadInput } from '../../core/errors.ts';

/** Characters of one line or record; real ones have a few hundred. */
export const MOST_CHARACTERS = 1024 * 1024;

/** A text that arrives in pieces, as lines without their ends. */
export class Lines {
  #rest = '';
  #number = 0;

  /** Number of the line that is being read, from 1. */
  get current(): number {
    return this.#number + 1;
  }

  /** The last line, when its end has not come yet. */
  get rest(): string {
    return this.#rest;
  }

  /** Calls `each` for every line that is whole now, with its number. */
  write(text: string, each: (line: string, number: number) => void): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      const line = this.#rest + text.slice(from, end);
      this.#rest = '';
      this.#number += 1;
      from = end + 1;
      each(line.endsWith('\r') ? line.slice(0, -1) : line, this.#number);
    }
    this.#rest += text.slice(from);
    if (this.#rest.length > MOST_CHARACTERS) {
      throw new BadInput(`line ${this.current}: is longer than ${MOST_CHARACTERS} characters`);
    }
  }
}

/** The beginning of a text, for a message. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);
}
