import { execFileSync } from 'node:child_process';
import { type Lab, OPEN_PORTS } from '../../test/support/lab/lab.ts';
import { type Case, WIDE } from './cases.ts';
import type { Question } from './contestants/contestant.ts';

/** What is asked, and the right answer: `address port` of each that is open. */
interface Task {
  readonly question: Question;
  readonly truth: ReadonlySet<string>;
}

export function ordinary(lab: Lab, { family, hosts, ports }: Case): Task {
  const addresses = lab.targets[family].slice(0, hosts);
  const truth = new Set(addresses.flatMap((address) => OPEN_PORTS.map((port) => `${address} ${port}`)));
  return { question: { lab, family, addresses, network: null, ports }, truth };
}

const NETWORK = '10.214.0.0/16';
const ALIVE = '10.214.64.0/22';
const OPEN = 1_025;

/** Routes 65,536 more addresses to the target, which takes 1,024 of them for its own and is silent about the others. */
export function widen(lab: Lab): Task {
  const ip = (...args: readonly string[]): void =>
    void execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  ip('-n', lab.target, 'route', 'add', 'local', ALIVE, 'dev', 'lo');
  ip('-n', lab.target, 'route', 'add', 'blackhole', NETWORK);
  ip('-n', lab.scanner, 'route', 'add', NETWORK, 'via', lab.targets.v4[0] ?? '');
  const alive = Array.from({ length: 1_024 }, (_, i) => `10.214.${64 + (i >> 8)}.${i & 255}`);
  const addresses = Array.from({ length: WIDE.hosts }, (_, i) => `10.214.${i >> 8}.${i & 255}`);
  return {
    question: { lab, family: 'v4', addresses, network: NETWORK, ports: WIDE.ports },
    truth: new Set(alive.map((address) => `${address} ${OPEN}`)),
  };
}
