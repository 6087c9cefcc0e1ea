import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One call of the query protocol that EC2, ELB and STS speak. */
export interface WireCall {
  readonly action: string;
  readonly params: URLSearchParams;
  /** Access key that signed it. */
  readonly signedBy: string;
  /** Region that it was signed for. */
  readonly region: string;
}

export interface WireAnswer {
  readonly status: number;
  readonly body: string;
}

/** Stands between the SDK and the service: answers itself, or forwards, perhaps with other parameters. */
export type Intercept = (
  call: WireCall,
  forward: (params?: URLSearchParams) => Promise<WireAnswer>,
) => Promise<WireAnswer>;

export interface WireProxy {
  readonly url: string;
  /** Every call, as it came. */
  readonly calls: readonly WireCall[];
  close(): Promise<void>;
}

export async function startWireProxy(target: string, intercept: Intercept): Promise<WireProxy> {
  const calls: WireCall[] = [];
  const server = createServer((request, response) => {
    void answer(request).then(
      ({ status, body }) => response.writeHead(status, { 'content-type': 'text/xml' }).end(body),
      (error: unknown) => response.destroy(error as Error),
    );
  });

  async function answer(request: IncomingMessage): Promise<WireAnswer> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const params = new URLSearchParams(Buffer.concat(chunks).toString());
    const authorization = request.headers.authorization ?? '';
    const [signedBy = '', , region = ''] = /Credential=([^,]+)/.exec(authorization)?.[1]?.split('/') ?? [];
    const call = { action: params.get('Action') ?? '', params, signedBy, region };
    calls.push(call);
    return intercept(call, async (changed = params) => {
      const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
      const forwarded = await fetch(target, { method: 'POST', headers, body: changed.toString() });
      return { status: forwarded.status, body: await forwarded.text() };
    });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** An error as EC2 writes it. */
export function ec2Error(status: number, code: string, message = code): WireAnswer {
  const error = `<Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors>`;
  return {
    status,
    body: `<?xml version="1.0" encoding="UTF-8"?><Response>${error}<RequestID>r</RequestID></Response>`,
  };
}

/** An error as ELB and STS write it. */
export function queryError(status: number, code: string, message = code): WireAnswer {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, body: `<ErrorResponse>${error}<RequestId>r</RequestId></ErrorResponse>` };
}
