import type { Context, Hono } from 'hono';
import { getCookie, setCookie } from 'hono/cookie';
import { messageOf } from '../core/errors.ts';
import { nameOf } from '../core/approvals/deciders.ts';
import { type Identity, SignInRefused, SignInUnavailable } from '../core/ports/identity-provider.ts';
import { messagePage } from './layout.ts';
import { withoutTokens } from './security.ts';
import type { Services } from './services.ts';
import type { SignIn, Ticket } from './sign-in.ts';

export type SignInServices = Pick<Services, 'signIn' | 'viewByToken'>;
type BadLink = (c: Context) => Response | Promise<Response>;

/** What goes wrong with a provider is for the operator's log too; holds no token. */
export type LogSignIn = (entry: { message: string; method: string; path: string }) => void;

/** Within `/approvals/`, where all routes are; no token looks like it. */
export const CALLBACK_PATH = '/approvals/signed-in';

/** Who is signed in in this browser; changes nothing. */
export async function whoIs(c: Context, signIn: SignIn | null): Promise<Identity | null> {
  return signIn === null ? null : signIn.whoIs(cookie(c, signIn, 'signed-in'));
}

/** Sends the person to the provider. Nothing is stored here: what must be known again is in a cookie. */
export async function beginSignIn(c: Context, signIn: SignIn, token: string, log: LogSignIn): Promise<Response> {
  try {
    const { location, pending } = await signIn.begin(token);
    remember(c, signIn, 'signing-in', pending);
    return c.redirect(location, 303);
  } catch (error) {
    return failed(c, error, log);
  }
}

/** Where the provider sends people back to. It signs in and leads back to the link; the decision is still a POST there. */
export function addCallback(app: Hono, services: SignInServices, badLink: BadLink, log: LogSignIn): void {
  app.get(CALLBACK_PATH, async (c) => {
    const { signIn } = services;
    if (signIn === null) return badLink(c);
    const pending = cookie(c, signIn, 'signing-in');
    remember(c, signIn, 'signing-in', { text: '', seconds: 0 });
    try {
      const { state, code, error, iss } = c.req.query();
      const { token, identity } = await signIn.finish(pending, { state, code, error, issuer: iss });
      const view = await services.viewByToken(token, identity);
      if (view === null) return badLink(c);
      if (view.as.how !== 'oidc') {
        throw new SignInRefused(`You signed in as ${nameOf(identity)}, and the link was made for ${view.approver}.`);
      }
      remember(c, signIn, 'signed-in', await signIn.remember(identity));
      return c.redirect(`/approvals/${token}`, 303);
    } catch (error) {
      return failed(c, error, log);
    }
  });
}

function failed(c: Context, error: unknown, log: LogSignIn): Response | Promise<Response> {
  const { method, path } = c.req;
  const entry = { message: withoutTokens(messageOf(error)), method, path: withoutTokens(path) };
  if (error instanceof SignInUnavailable) {
    log(entry);
    return messagePage(
      c,
      503,
      'Signing in is not possible now',
      'The sign-in provider cannot be asked. Nothing was decided. Try the link again in a few minutes.',
    );
  }
  if (error instanceof SignInRefused) {
    log(entry);
    return messagePage(
      c,
      403,
      'Not signed in',
      `${error.message} Nothing was decided. Open the link again to sign in anew.`,
    );
  }
  throw error;
}

/**
 * On https `__Host-`: no other host or path can plant it (RFC 6265bis, section 4.1.3). On one machine links are plain http on loopback, where
 * browsers differ about `Secure`.
 */
function nameIn(signIn: SignIn, name: 'signing-in' | 'signed-in'): string {
  return `${signIn.overHttps ? '__Host-' : ''}portcullis-${name}`;
}

function cookie(c: Context, signIn: SignIn, name: 'signing-in' | 'signed-in'): string | undefined {
  return getCookie(c, nameIn(signIn, name));
}

/** `Lax`: it must come along when the provider sends the person back, and never with a form of another site. */
function remember(c: Context, signIn: SignIn, name: 'signing-in' | 'signed-in', { text, seconds }: Ticket): void {
  const path = signIn.overHttps ? '/' : '/approvals';
  setCookie(c, nameIn(signIn, name), text, {
    path,
    httpOnly: true,
    secure: signIn.overHttps,
    sameSite: 'Lax',
    maxAge: seconds,
  });
}
