/** Makes and checks the MAC of approval links: a key file on one machine, KMS on AWS. */
export interface LinkSigner {
  readonly keyId: string;
  /** MAC of `message`, base64url. */
  sign(message: string): Promise<string>;
  /** Constant-time. False for anything malformed; throws only when the key cannot be used. */
  verify(message: string, mac: string, keyId: string): Promise<boolean>;
}
