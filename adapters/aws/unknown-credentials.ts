import { isUnknownCredentials } from './aws-errors.ts';

type Handler<A, R> = (args: A) => Promise<R>;

/** Middleware around the reading of answers: hands over the access key of each call whose credentials the service does not know. */
export function onUnknownCredentials(forget: (accessKeyId: string) => void) {
  return function forgetThem<A extends { request: unknown }, R>(next: Handler<A, R>): Handler<A, R> {
    return async function handle(args) {
      try {
        return await next(args);
      } catch (error) {
        const key = isUnknownCredentials(error) ? accessKeyOf(args.request) : undefined;
        if (key !== undefined) forget(key);
        throw error;
      }
    };
  };
}

/** From the signature: `AWS4-HMAC-SHA256 Credential=KEY/20260301/eu-west-1/ec2/aws4_request, ...`. */
function accessKeyOf(request: unknown): string | undefined {
  if (typeof request !== 'object' || request === null || !('headers' in request)) return undefined;
  const { authorization } = request.headers as Record<string, string | undefined>;
  return /Credential=([^/]+)\//.exec(authorization ?? '')?.[1];
}
