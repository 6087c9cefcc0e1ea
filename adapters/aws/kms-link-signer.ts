import { GenerateMacCommand, type KMSClient, KMSInvalidMacException, VerifyMacCommand } from '@aws-sdk/client-kms';
import type { LinkSigner } from '../../core/ports/link-signer.ts';

const MAC_ALGORITHM = 'HMAC_SHA_256';
/** Bytes of an HMAC-SHA-256. KMS answers a MAC of another length with an error of its own instead of "wrong". */
const MAC_BYTES = 32;

/** Approval links signed by a KMS HMAC key: the key never leaves KMS, and who may check links need not be able to make them. */
export class KmsLinkSigner implements LinkSigner {
  readonly keyId: string;
  readonly #kms: KMSClient;

  constructor(kms: KMSClient, keyId: string) {
    this.#kms = kms;
    this.keyId = keyId;
  }

  async sign(message: string): Promise<string> {
    const { Mac } = await this.#kms.send(
      new GenerateMacCommand({ KeyId: this.keyId, MacAlgorithm: MAC_ALGORITHM, Message: Buffer.from(message) }),
    );
    if (!Mac) throw new Error('KMS answered GenerateMac without a MAC');
    return Buffer.from(Mac).toString('base64url');
  }

  async verify(message: string, mac: string, keyId: string): Promise<boolean> {
    const bytes = Buffer.from(mac, 'base64url');
    if (keyId !== this.keyId || bytes.length !== MAC_BYTES) return false;
    try {
      const { MacValid } = await this.#kms.send(
        new VerifyMacCommand({
          KeyId: this.keyId,
          MacAlgorithm: MAC_ALGORITHM,
          Message: Buffer.from(message),
          Mac: bytes,
        }),
      );
      return MacValid === true;
    } catch (error) {
      if (error instanceof KMSInvalidMacException) return false;
      throw error;
    }
  }
}
