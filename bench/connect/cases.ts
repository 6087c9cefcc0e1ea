import { cpus } from 'node:os';
import type { Conditions } from '../../test/support/lab/lab.ts';

export interface Case {
  readonly name: string;
  readonly hosts: number;
  readonly silence: Conditions['silence'];
  /** What runs before the command: keeps it on one core, where that is what is asked. */
  readonly cores: readonly string[];
}

/** The last core: the first has most interrupts. */
const ONE_CORE = ['taskset', '-c', String(cpus().length - 1)];

/** All of 65,535 ports a host. */
export const CASES: readonly Case[] = [
  { name: 'closed-1-host-1-core', hosts: 1, silence: 'closed', cores: ONE_CORE },
  { name: 'closed-8-hosts-1-core', hosts: 8, silence: 'closed', cores: ONE_CORE },
  { name: 'closed-8-hosts', hosts: 8, silence: 'closed', cores: [] },
  { name: 'dropped-1-host', hosts: 1, silence: 'dropped', cores: [] },
];
