import { INTERFACE } from '../../../test/support/lab/lab.ts';
import { said } from '../../support/machine.ts';
import { type Contestant, named } from './contestant.ts';

const FLAGS = '-rate 50000 -silent -json -disable-update-check';

/** By SYN, with the rate that serves it best here; only when NAABU=/path/to/naabu is given. */
export function naabu(): Contestant {
  const program = process.env['NAABU'];
  const version = program === undefined ? null : said('sh', '-c', '"$0" -version 2>&1 | grep -io "version.*"', program);
  const absent = program === undefined ? 'NAABU=/path/to/naabu is not given' : `${program} cannot be run`;
  return {
    name: 'naabu -s s',
    here: version === null ? { absent } : { version },
    ask: ({ ports, ...where }) => ({
      command: `${program} -host ${named(where).join(',')} -p ${ports} -s s -Pn -interface ${INTERFACE} ${FLAGS}`.split(
        ' ',
      ),
      found: (output) =>
        new Set(
          output.split('\n').flatMap((line) => {
            // The last line of a run that was stopped may be cut.
            if (!line.startsWith('{') || !line.endsWith('}')) return [];
            const { ip, port } = JSON.parse(line) as { ip: string; port: number };
            return [`${ip} ${port}`];
          }),
        ),
    }),
  };
}
