import { BadInput } from '../errors.ts';

/** Everything that is wrong with a configuration, so that it can be mended in one go. The message has one line for each. */
export class BadConfig extends BadInput {
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}
