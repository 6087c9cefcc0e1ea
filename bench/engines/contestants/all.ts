import type { Contestant } from './contestant.ts';
import { masscans } from './masscan.ts';
import { naabu } from './naabu.ts';
import { nmaps } from './nmap.ts';
import { portcullises } from './portcullis.ts';
import { ruler } from './ruler.ts';
import { rustscan } from './rustscan.ts';

/** In the order of the table. `say`: what takes a while. */
export const allContestants = (say: (line: string) => void): Contestant[] => [
  ...portcullises(),
  ruler(),
  ...masscans(),
  ...nmaps(),
  naabu(),
  rustscan(say),
];
