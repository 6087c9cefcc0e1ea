import { createHash, randomBytes } from 'node:crypto';
import {
  issuePending,
  issueSignedIn,
  PENDING_MS,
  readPending,
  readSignedIn,
  SIGNED_IN_MS,
} from '../core/approvals/sign-in-tickets.ts';
import type { SignInSettings } from '../core/config/approver-schema.ts';
import type { Clock } from '../core/ports/clock.ts';
import { type Identity, type IdentityProvider, SignInRefused } from '../core/ports/identity-provider.ts';
import type { LinkSigner } from '../core/ports/link-signer.ts';
import { CALLBACK_PATH } from './sign-in-routes.ts';

export interface SignInPorts {
  settings: SignInSettings;
  provider: IdentityProvider;
  /** Seals the cookies. The key may be made and checked with by this program. */
  signer: LinkSigner;
  clock: Clock;
  /** Where links point, without a slash at the end. */
  publicUrl: string;
}

/** Text for a cookie, and for how many seconds it is kept. */
export interface Ticket {
  readonly text: string;
  readonly seconds: number;
}

/** What the provider sends back with the person. */
export interface Callback {
  readonly state: string | undefined;
  readonly code: string | undefined;
  readonly error: string | undefined;
  /** RFC 9207; null when the provider does not send it. */
  readonly issuer: string | undefined;
}

/** Signing in, without a session on the server: what must be known again is in two sealed cookies. Nothing is stored. */
export interface SignIn {
  /** Cookies may be marked `Secure`: links are https. */
  readonly overHttps: boolean;
  /** Where to send the person who opened the link. @throws SignInUnavailable */
  begin(token: string): Promise<{ location: string; pending: Ticket }>;
  /** Who came back, and to which link. @throws SignInUnavailable, SignInRefused */
  finish(pending: string | undefined, callback: Callback): Promise<{ token: string; identity: Identity }>;
  remember(identity: Identity): Promise<Ticket>;
  /** null for a cookie that is missing, forged, over, or of another provider. */
  whoIs(signedIn: string | undefined): Promise<Identity | null>;
}

const UNKNOWN_SIGN_IN =
  'It took longer than ten minutes, was begun in another browser or another tab, or was finished before.';

export function makeSignIn({ settings, provider, signer, clock, publicUrl }: SignInPorts): SignIn {
  const redirectUri = publicUrl + CALLBACK_PATH;
  return {
    overHttps: publicUrl.startsWith('https:'),
    async begin(token) {
      const [state, nonce, verifier] = [random(), random(), random()];
      const codeChallenge = createHash('sha256').update(verifier).digest('base64url');
      const location = await provider.authorizationUrl({ redirectUri, state, nonce, codeChallenge });
      const text = await issuePending(signer, { token, state, nonce, verifier }, clock.now());
      return { location, pending: { text, seconds: PENDING_MS / 1_000 } };
    },
    async finish(pending, { state, code, error, issuer }) {
      const begun = pending === undefined ? null : await readPending(signer, pending, clock.now());
      if (begun === null || state === undefined || begun.state !== state) throw new SignInRefused(UNKNOWN_SIGN_IN);
      if (issuer !== undefined && issuer !== settings.issuer) throw new SignInRefused('Another provider answered.');
      if (code === undefined) {
        throw new SignInRefused(`The provider said ${/^[a-z_]{1,64}$/.test(error ?? '') ? error : 'nothing'}.`);
      }
      const { token, nonce, verifier } = begun;
      const identity = await provider.identify({ redirectUri, code, codeVerifier: verifier, nonce });
      return { token, identity };
    },
    async remember(identity) {
      const text = await issueSignedIn(signer, settings, identity, clock.now());
      return { text, seconds: SIGNED_IN_MS / 1_000 };
    },
    async whoIs(signedIn) {
      return signedIn === undefined ? null : readSignedIn(signer, settings, signedIn, clock.now());
    },
  };
}

/** 256 bits, as PKCE's verifier wants them (RFC 7636, section 4.1). */
function random(): string {
  return randomBytes(32).toString('base64url');
}
