import { createInterface } from 'node:readline/promises';

/** Where a verb writes and asks: results on stdout, progress and logs on stderr. */
export interface Io {
  /** One line, or several, on stdout. */
  readonly out: (line: string) => void;
  /** Writes as it is, without a line end. */
  readonly raw: (text: string) => void;
  readonly err: (line: string) => void;
  /** May stdout carry colours: a terminal, and no NO_COLOR. */
  readonly colour: boolean;
  /** Columns a table may take. */
  readonly width: number;
  /** Can a person be asked? */
  readonly interactive: boolean;
  ask(question: string): Promise<string>;
  /** Stdin as it arrives, UTF-8. */
  pieces(): AsyncIterable<string>;
}

/** Tables fit this when stdout is no terminal. */
const PLAIN_WIDTH = 100;

export function processIo(): Io {
  const { stdin, stdout, stderr, env } = process;
  return {
    out: (line) => void stdout.write(`${line}\n`),
    raw: (part) => void stdout.write(part),
    err: (line) => void stderr.write(`${line}\n`),
    // https://no-color.org: set and not empty.
    colour: stdout.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
    width: stdout.isTTY ? Math.max(60, stdout.columns) : PLAIN_WIDTH,
    interactive: stdin.isTTY && stderr.isTTY,
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await lines.question(question);
      } finally {
        lines.close();
      }
    },
    pieces: () => stdin.setEncoding('utf8') as AsyncIterable<string>,
  };
}
