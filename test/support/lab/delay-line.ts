import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { ip, waitForReady } from './commands.ts';
import { compileC } from './compile-c.ts';

const TUN = 'delay0';
/** Packets that may wait for the delay line: a burst of answers must not be lost before it. */
const QUEUE = 100_000;

/**
 * Sends what a namespace answers through a program that holds it for a while. netem would do, but not every kernel has it, and on the
 * scanner's side PACKET_QDISC_BYPASS would go around it.
 */
export class DelayLine {
  readonly #target: string;
  readonly #link: string;
  readonly #mac: string;
  readonly #to: { readonly v4: string; readonly v6: string };
  #child: ChildProcess | null = null;

  /** `device` leads to the addresses `to`, of the neighbour `mac`. */
  constructor(options: { target: string; device: string; mac: string; to: { v4: string; v6: string } }) {
    this.#target = options.target;
    this.#link = options.device;
    this.#mac = options.mac;
    this.#to = options.to;
  }

  /** Through which interface answers leave the kernel. */
  get device(): string {
    return this.#child === null ? this.#link : TUN;
  }

  async set(ms: number): Promise<void> {
    if (this.#child !== null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill();
      await ended;
      this.#child = null;
    }
    if (ms === 0) return;
    const program = compileC(fileURLToPath(new URL('delay-line.c', import.meta.url)));
    const args = [TUN, this.#link, this.#mac, String(Math.round(ms * 1_000))];
    const child = spawn('ip', ['netns', 'exec', this.#target, program, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await waitForReady(child);
    this.#child = child;
    ip.batch(this.#target, [
      `link set ${TUN} txqueuelen ${QUEUE} up`,
      `route replace ${this.#to.v4}/32 dev ${TUN}`,
      `route replace ${this.#to.v6}/128 dev ${TUN}`,
    ]);
  }
}
