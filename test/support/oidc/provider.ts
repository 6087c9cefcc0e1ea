import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Record<string, unknown>;

interface Key {
  readonly kid: string;
  readonly alg: 'RS256' | 'ES256';
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

interface Code {
  readonly query: URLSearchParams;
  readonly user: ProviderUser;
}

export interface ProviderUser {
  readonly sub: string;
  readonly email: string;
  readonly email_verified: boolean;
}

/** What a test changes of the next ID tokens. */
export interface Tampering {
  claims?: Json;
  header?: Json;
  /** In place of the provider's signature. */
  signature?: (input: string, key: Key) => Buffer;
}

export const CLIENT_ID = 'portcullis';

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A small OpenID Connect provider with real keys: discovery, authorization code with PKCE, single-use codes, key set. */
export class OidcProvider {
  user: ProviderUser = { sub: '00u-ana', email: 'ana@example.com', email_verified: true };
  tampering: Tampering = {};
  /** Of the discovery document. */
  discovered: Json = {};
  /** Paths that answer with this status. */
  readonly broken = new Map<string, number>();
  readonly asked: string[] = [];
  /** A page with a link in place of an immediate redirect. */
  asksFirst = false;
  /** Seconds since the epoch, in tokens. */
  now: () => number = () => Math.floor(Date.now() / 1_000);
  readonly #server: Server;
  readonly #codes = new Map<string, Code>();
  #keys: Key[];
  #made = 0;

  private constructor(server: Server, alg: Key['alg']) {
    this.#server = server;
    this.#keys = [this.#makeKey(alg)];
  }

  static async start(alg: Key['alg'] = 'RS256'): Promise<OidcProvider> {
    const server = createServer();
    const provider = new OidcProvider(server, alg);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void provider.#answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return provider;
  }

  get issuer(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** A new key signs from now on; the old one is gone from the key set. */
  rotate(alg: Key['alg'] = 'RS256'): void {
    this.#keys = [this.#makeKey(alg)];
  }

  idToken(nonce: string, over: Json = {}): string {
    const { claims, header, signature } = this.tampering;
    const key = this.#key;
    const now = this.now();
    const text = `${base64url({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })}.${base64url({
      iss: this.issuer,
      aud: CLIENT_ID,
      iat: now,
      exp: now + 300,
      nonce,
      ...this.user,
      ...over,
      ...claims,
    })}`;
    const made =
      signature?.(text, key) ?? sign('sha256', Buffer.from(text), { key: key.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${made.toString('base64url')}`;
  }

  /** A MAC keyed with the public key: what a verifier accepts that lets the token choose HS256. */
  static hmacWithPublicKey(input: string, key: Key): Buffer {
    const pem = key.publicKey.export({ type: 'spki', format: 'pem' }) as string;
    return createHmac('sha256', pem).update(input).digest();
  }

  get #key(): Key {
    return this.#keys[0]!;
  }

  #makeKey(alg: Key['alg']): Key {
    this.#made += 1;
    const pair =
      alg === 'RS256'
        ? generateKeyPairSync('rsa', { modulusLength: 2_048 })
        : generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return { kid: `key-${this.#made}`, alg, ...pair };
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    this.asked.push(`${request.method} ${url.pathname}`);
    const status = this.broken.get(url.pathname);
    if (status !== undefined) return void response.writeHead(status).end('out of order');
    if (url.pathname === '/.well-known/openid-configuration') return json(response, 200, this.#discovery());
    if (url.pathname === '/jwks') return json(response, 200, { keys: this.#keys.map(publicJwk) });
    if (url.pathname === '/authorize') return this.#authorize(url.searchParams, response);
    if (url.pathname === '/token') return this.#token(new URLSearchParams(await bodyOf(request)), response);
    response.writeHead(404).end();
  }

  #discovery(): Json {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
      ...this.discovered,
    };
  }

  #authorize(query: URLSearchParams, response: ServerResponse): void {
    const code = randomBytes(16).toString('base64url');
    this.#codes.set(code, { query, user: this.user });
    const back = new URL(query.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', query.get('state') ?? '');
    if (!this.asksFirst) return void response.writeHead(302, { location: back.href }).end();
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(
      `<!doctype html><title>Provider</title><a href="${back.href.replaceAll('&', '&amp;')}">Continue as ${this.user.email}</a>`,
    );
  }

  #token(form: URLSearchParams, response: ServerResponse): void {
    const code = this.#codes.get(form.get('code') ?? '');
    this.#codes.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    const good =
      form.get('grant_type') === 'authorization_code' &&
      form.get('client_id') === CLIENT_ID &&
      form.get('redirect_uri') === code?.query.get('redirect_uri') &&
      challenge === code.query.get('code_challenge') &&
      code.query.get('code_challenge_method') === 'S256';
    if (!good) return json(response, 400, { error: 'invalid_grant' });
    const { sub, email, email_verified } = code.user;
    const id_token = this.idToken(code.query.get('nonce') ?? '', { sub, email, email_verified });
    json(response, 200, { access_token: 'a', token_type: 'Bearer', id_token });
  }
}

function publicJwk({ kid, alg, publicKey }: Key): Json {
  return { ...publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

function json(response: ServerResponse, status: number, body: Json): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
