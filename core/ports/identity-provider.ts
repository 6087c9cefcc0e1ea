import { PortcullisError } from '../errors.ts';

/** Somebody whom the sign-in provider vouches for. */
export interface Identity {
  readonly issuer: string;
  /** `sub`: never given to another person by this issuer. */
  readonly subject: string;
  /** Only an address that the provider says it has verified. */
  readonly email: string | null;
}

/** The provider cannot be asked: nothing is known about the person. The message holds no code and no token. */
export class SignInUnavailable extends PortcullisError {
  readonly code = 'SIGN_IN_UNAVAILABLE';
}

/** What came back from a sign-in proves nothing. The message says why and holds no code and no token. */
export class SignInRefused extends PortcullisError {
  readonly code = 'SIGN_IN_REFUSED';
}

/** OpenID Connect, authorization code with PKCE. */
export interface IdentityProvider {
  /** Where to send the person. `codeChallenge`: base64url of the SHA-256 of the verifier. @throws SignInUnavailable */
  authorizationUrl(request: {
    redirectUri: string;
    state: string;
    nonce: string;
    codeChallenge: string;
  }): Promise<string>;
  /** Who came back with `code`. @throws SignInUnavailable, SignInRefused */
  identify(answer: { redirectUri: string; code: string; codeVerifier: string; nonce: string }): Promise<Identity>;
}
