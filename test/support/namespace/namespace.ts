import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Answer, Question } from './agent.ts';

type Asked = Question extends infer Q ? (Q extends unknown ? Omit<Q, 'id'> : never) : never;

let made = 0;

/** A network namespace of a test's own, with loopback up and a process inside that listens and connects. Needs root. */
export class Namespace {
  readonly name: string;
  readonly #agent: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #next = 0;

  private constructor(name: string) {
    this.name = name;
    const agent = new URL('agent.ts', import.meta.url).pathname;
    this.#agent = spawn('ip', ['netns', 'exec', name, process.execPath, agent], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#agent.stdout }).on('line', (line) => {
      const answer = JSON.parse(line) as Answer;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
  }

  static make(): Namespace {
    made += 1;
    const name = `pc-test-${process.pid}-${made}`;
    execFileSync('ip', ['netns', 'add', name]);
    execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
    return new Namespace(name);
  }

  /** How a program is started inside. */
  inside(...command: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.name, ...command];
  }

  run(...command: readonly string[]): string {
    const [program = '', ...args] = this.inside(...command);
    return execFileSync(program, args, { encoding: 'utf8' });
  }

  listen(host: string, port: number): Promise<string> {
    return this.#ask({ verb: 'listen', host, port });
  }

  /** `open`, or the error code. `keep` names the connection for `echo`. */
  connect(host: string, port: number, keep: string | null = null): Promise<string> {
    return this.#ask({ verb: 'connect', host, port, keep });
  }

  echo(keep: string): Promise<string> {
    return this.#ask({ verb: 'echo', keep });
  }

  async remove(): Promise<void> {
    const ended = once(this.#agent, 'exit');
    this.#agent.stdin.end();
    await ended;
    execFileSync('ip', ['netns', 'del', this.name]);
  }

  #ask(question: Asked): Promise<string> {
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ answer, error }) => (error === null ? resolve(answer ?? '') : reject(new Error(error))));
      this.#agent.stdin.write(`${JSON.stringify({ id, ...question })}\n`);
    });
  }
}
