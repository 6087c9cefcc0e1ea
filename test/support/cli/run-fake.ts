import { loadConfig } from '../../../adapters/config/yaml-file.ts';
import { DEFAULT_SETTINGS } from '../../../core/config/normalise.ts';
import type { OpenedMachine } from '../../../local/cli/connect.ts';
import { runCli } from '../../../local/cli/run.ts';

export interface FakeRequest {
  method: string;
  path: string;
  body: unknown;
  authorization: string | null;
}

/** Answers `METHOD /path?query`; a function is called with how often it was asked before. */
export type Routes = Readonly<Record<string, unknown>>;

interface Options {
  routes?: Routes;
  /** `null`: nothing runs, so the data directory is opened in the process. */
  lock?: { pid: number; url: string | null } | null;
  token?: string | null;
  env?: Record<string, string>;
  interactive?: boolean;
  answer?: string;
  stdin?: string;
  /** Instead of `stdin`. */
  pieces?: () => AsyncIterable<string>;
  realConfig?: boolean;
}

/** An answer that is no success. */
export class Answer {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: unknown) {
    this.status = status;
    this.body = typeof body === 'string' ? body : JSON.stringify(body);
  }
}

/** Runs the command line against an API made of literal answers. */
export async function runFake(args: readonly string[], options: Options = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const requests: FakeRequest[] = [];
  const asked = new Map<string, number>();
  let opened = 0;
  let closed = 0;

  async function send(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const text = await request.text();
    const path = `${pathname}${search}`;
    requests.push({
      method: request.method,
      path,
      body: text === '' ? null : JSON.parse(text),
      authorization: request.headers.get('authorization'),
    });
    const key = `${request.method} ${path}`;
    const times = asked.get(key) ?? 0;
    asked.set(key, times + 1);
    if (!(key in (options.routes ?? {}))) throw new Error(`the test has no answer for ${key}`);
    const route = options.routes?.[key];
    const answer: unknown = typeof route === 'function' ? route(times) : route;
    if (answer instanceof Answer) return new Response(answer.body, { status: answer.status });
    return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer));
  }

  const machine: OpenedMachine = {
    request: send,
    close: async () => {
      closed += 1;
    },
  };
  const code = await runCli(args, {
    io: {
      out: (line) => out.push(line),
      raw: (text) => out.push(text),
      err: (line) => err.push(line),
      colour: false,
      width: 100,
      interactive: options.interactive ?? false,
      ask: async () => options.answer ?? '',
      pieces:
        options.pieces ??
        async function* () {
          yield options.stdin ?? '';
        },
    },
    env: { SUDO_USER: 'ada', ...options.env },
    loadConfig: options.realConfig ? loadConfig : async () => DEFAULT_SETTINGS,
    connectPorts: (loadSettings) => ({
      readLock: async () => (options.lock === undefined ? { pid: 7, url: 'http://127.0.0.1:8460' } : options.lock),
      readToken: async () => (options.token === undefined ? 'secret' : options.token),
      send,
      loadSettings,
      openOneMachine: async () => {
        opened += 1;
        return machine;
      },
    }),
  });
  return { code, out: out.join('\n'), err: err.join('\n'), requests, opened, closed };
}
