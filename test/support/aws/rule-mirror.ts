import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SecurityGroupRule } from '@aws-sdk/client-ec2';

export interface MirroredMachine {
  readonly address: string;
  readonly rules: readonly SecurityGroupRule[];
}

/** Keeps security groups as a table of nftables in this network namespace: what no rule lets in is dropped without an answer. */
export class RuleMirror {
  readonly #table: string;
  readonly #read: () => Promise<MirroredMachine[]>;
  readonly #everyMs: number;
  #running: Promise<void> | null = null;
  #stopped = false;
  #shown = '';

  constructor(table: string, read: () => Promise<MirroredMachine[]>, everyMs: number) {
    this.#table = table.replaceAll('-', '_');
    this.#read = read;
    this.#everyMs = everyMs;
  }

  start(): void {
    this.#running = this.#keep();
  }

  /** Resolves once nftables holds what is read now. */
  async once(): Promise<void> {
    const text = (await this.#read()).flatMap(linesOf).join('\n');
    if (text === this.#shown) return;
    const chain = `chain input { type filter hook input priority -10; policy accept;\n${text}\n}`;
    this.#load(`table inet ${this.#table} {\n${chain}\n}\n`);
    this.#shown = text;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#running;
    this.#load('');
  }

  async #keep(): Promise<void> {
    while (!this.#stopped) {
      await this.once();
      await sleep(this.#everyMs);
    }
  }

  #load(table: string): void {
    const input = `table inet ${this.#table} {}\ndelete table inet ${this.#table}\n${table}`;
    execFileSync('nft', ['-f', '-'], { input });
  }
}

function linesOf({ address, rules }: MirroredMachine): string[] {
  return [
    ...rules
      .filter(({ CidrIpv4 }) => isPublic(CidrIpv4))
      .flatMap(({ IpProtocol, FromPort, ToPort }) => accepting(IpProtocol, `${FromPort}-${ToPort}`))
      .map((what) => `ip daddr ${address} ${what} accept`),
    // A security group answers nothing.
    `ip daddr ${address} tcp flags & (syn | ack) == syn drop`,
    `ip daddr ${address} meta l4proto udp drop`,
  ];
}

/** Protocols besides TCP and UDP are not filtered here. */
function accepting(protocol: string | undefined, ports: string): string[] {
  if (protocol === '-1') return ['meta l4proto { tcp, udp }'];
  return protocol === 'tcp' || protocol === 'udp' ? [`${protocol} dport ${ports}`] : [];
}

/** As far as these tests go: everything here comes from outside. */
function isPublic(cidr: string | undefined): boolean {
  return cidr !== undefined && !/^(10|192\.168|172\.(1[6-9]|2\d|3[01]))\./.test(cidr);
}
