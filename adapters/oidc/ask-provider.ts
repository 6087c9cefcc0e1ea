import type * as z from 'zod';
import { messageOf } from '../../core/errors.ts';
import { SignInUnavailable } from '../../core/ports/identity-provider.ts';

/** Milliseconds; a sign-in asks three times at most, and a function has 15 s for a page. */
const TIMEOUT_MS = 4_000;
/** Bytes of an answer; discovery documents and key sets have a few thousand. */
const MAX_BYTES = 256 * 1024;

export interface ProviderAnswer {
  readonly status: number;
  /** null when it is no JSON. */
  readonly body: unknown;
}

/**
 * One request to the sign-in provider. Redirects are not followed: what was configured is what is asked.
 * @throws SignInUnavailable for no answer, a server error, or one that is too large; the message holds nothing that was sent
 */
export async function askProvider(what: string, url: string, form?: URLSearchParams): Promise<ProviderAnswer> {
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(url, {
      method: form === undefined ? 'GET' : 'POST',
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(form !== undefined && { body: form }),
    });
    text = await readAtMost(answer, MAX_BYTES);
  } catch (cause) {
    throw new SignInUnavailable(`The sign-in provider gave no ${what}: ${messageOf(cause)}.`);
  }
  if (answer.status >= 500) throw new SignInUnavailable(`The sign-in provider gave no ${what}: HTTP ${answer.status}.`);
  return { status: answer.status, body: jsonOrNull(text) };
}

/** The same, and the answer must be what it should be. @throws SignInUnavailable */
export async function readFromProvider<T>(what: string, url: string, schema: z.ZodType<T>): Promise<T> {
  const { status, body } = await askProvider(what, url);
  if (status !== 200) throw new SignInUnavailable(`The sign-in provider gave no ${what}: HTTP ${status}.`);
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  const wrong = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'the whole'))].join(', ');
  throw new SignInUnavailable(`The sign-in provider's ${what} cannot be used: ${wrong}.`);
}

async function readAtMost(answer: Response, most: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > most) throw new RangeError(`the answer has more than ${most} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
