import { BadInput, messageOf, PortcullisError } from '../../core/errors.ts';

/** `fetch`, or an application in this process. */
export type Send = (request: Request) => Promise<Response>;

/** What the API refused or could not do, in its own words. */
export class ApiFailure extends PortcullisError {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** The HTTP API (docs/architecture.md) as functions. Every answer that is no success is thrown: BadInput for what was written wrongly, ApiFailure for the rest. */
export class ApiClient {
  readonly #send: Send;
  readonly #base: string;
  readonly #token: string | null;

  /** @param base `http://127.0.0.1:8460`; @param token contents of DATA/api-token, null when it cannot be read: then only reading works */
  constructor(send: Send, base: string, token: string | null) {
    this.#send = send;
    this.#base = base;
    this.#token = token;
  }

  async get<T>(path: string, query: Query = {}): Promise<T> {
    return (await (await this.#call('GET', path, query)).json()) as T;
  }

  async getText(path: string, query: Query = {}): Promise<string> {
    return (await this.#call('GET', path, query)).text();
  }

  async post<T>(path: string, body: object = {}): Promise<T> {
    return (await (await this.#call('POST', path, {}, JSON.stringify(body))).json()) as T;
  }

  async #call(method: string, path: string, query: Query, body?: string): Promise<Response> {
    const url = new URL(path, this.#base);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, String(value));
    const headers = new Headers({ accept: 'application/json' });
    if (this.#token !== null) headers.set('authorization', `Bearer ${this.#token}`);
    if (body !== undefined) headers.set('content-type', 'application/json');
    let response: Response;
    try {
      response = await this.#send(new Request(url, { method, headers, ...(body === undefined ? {} : { body }) }));
    } catch (error) {
      throw new ApiFailure('UNREACHABLE', `portcullis does not answer at ${this.#base}: ${messageOf(error)}`);
    }
    if (response.ok) return response;
    throw await failureOf(response, method, url);
  }
}

async function failureOf(response: Response, method: string, url: URL): Promise<PortcullisError> {
  const text = await response.text();
  const { code, message } = errorIn(text) ?? {
    code: 'HTTP',
    message: `${method} ${url.pathname} was answered with ${response.status}: ${text.slice(0, 200)}`,
  };
  return code === 'BAD_INPUT' ? new BadInput(message) : new ApiFailure(code, message);
}

function errorIn(text: string): { code: string; message: string } | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    if (typeof error?.code === 'string' && typeof error.message === 'string') {
      return { code: error.code, message: error.message };
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return undefined;
}
