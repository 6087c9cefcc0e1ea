import { said } from '../../support/machine.ts';
import { type Contestant, named, pairs } from './contestant.ts';

const VERSION = /Nmap version (\S+)/;
/** Said as soon as a port is found, so that a scan that is stopped counts for what it found. */
const DISCOVERED = /^Discovered open port (?<port>\d+)\/tcp on (?<address>\S+)/gm;

const nmap = (name: string, ...flags: readonly string[]): Contestant => {
  const version = VERSION.exec(said('nmap', '--version') ?? '')?.[1];
  return {
    name,
    here: version === undefined ? { absent: 'nmap is not installed' } : { version },
    ask: ({ family, ports, ...where }) => ({
      command: ['nmap', ...(family === 'v6' ? ['-6'] : []), ...flags, '-Pn', '-n', '-v', `-p${ports}`, ...named(where)],
      found: pairs(DISCOVERED),
    }),
  };
};

export const nmaps = (): Contestant[] => [
  nmap('nmap -sS -T4', '-sS', '-T4'),
  nmap('nmap -sS --min-rate', '-sS', '-T4', '--min-rate', '500000'),
  nmap('nmap -sS --min-rate 50000', '-sS', '-T4', '--min-rate', '50000'),
  nmap('nmap -sT -T4', '-sT', '-T4'),
];
