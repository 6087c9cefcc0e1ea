/** A browser without pages: goes where it is sent, and keeps the cookies of each host and port that it was given. */
export class Visitor {
  readonly cookies = new Map<string, string>();
  /** Set-Cookie headers as they came. */
  readonly setCookies: string[] = [];
  /** Every address that was opened. */
  readonly opened: string[] = [];
  readonly #home: string;

  /** @param home origin whose cookies are kept */
  constructor(home: string) {
    this.#home = home;
  }

  /** Follows redirects, as for a click on a link. */
  async open(url: string): Promise<Response> {
    let at = url;
    for (let hops = 0; hops < 10; hops += 1) {
      const answer = await this.once(at);
      const location = answer.headers.get('location');
      if (location === null) return answer;
      at = new URL(location, at).href;
    }
    throw new Error(`too many redirects from ${url}`);
  }

  async once(
    url: string,
    init: { method?: string; headers?: Record<string, string>; body?: URLSearchParams } = {},
  ): Promise<Response> {
    this.opened.push(url);
    const ours = new URL(url).origin === this.#home;
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = { ...init.headers, ...(ours && cookie !== '' && { cookie }) };
    const answer = await fetch(url, { ...init, headers, redirect: 'manual' });
    if (ours) for (const line of answer.headers.getSetCookie()) this.#keep(line);
    return answer;
  }

  submit(url: string, form: Record<string, string>): Promise<Response> {
    return this.once(url, { method: 'POST', headers: { origin: 'null' }, body: new URLSearchParams(form) });
  }

  #keep(line: string): void {
    this.setCookies.push(line);
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    if (name === undefined || value === undefined) return;
    if (/max-age=0/i.test(line)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }
}
