import { GenerateMacCommand, KMSClient, type KMSClientConfig, VerifyMacCommand } from '@aws-sdk/client-kms';
import { PortcullisError } from '../../core/errors.ts';
import type { LinkSigner } from '../../core/ports/link-signer.ts';
import { errorCode } from './aws-errors.ts';

const MAC_ALGORITHM = 'HMAC_SHA_256';
/** Bytes of an HMAC-SHA-256. */
const MAC_BYTES = 32;

/** Milliseconds. Two attempts end before the 15 s that a function has for a page, so that the page can say what happened. */
const LIMITS = { connectionTimeout: 2_000, requestTimeout: 4_000, throwOnRequestTimeout: true };

/** KMS did not sign or check a link: nothing is known about the link. The message names the permission, the key and KMS's code. */
class LinkKeyUnusable extends PortcullisError {
  readonly code = 'LINK_KEY_UNUSABLE';
}

/** A client that answers or fails within 10 s. */
export function linkKeyClient(config: Pick<KMSClientConfig, 'region' | 'endpoint' | 'credentials'> = {}): KMSClient {
  return new KMSClient({ ...config, maxAttempts: 2, requestHandler: LIMITS, ignoreConfiguredEndpointUrls: true });
}

/**
 * Approval links signed by a KMS HMAC key: the key never leaves KMS, and who may check links need not be able to make them. Links are good
 * for one key: those of an earlier one are refused from the moment that its successor is configured.
 */
export class KmsLinkSigner implements LinkSigner {
  readonly keyId: string;
  readonly #kms: KMSClient;

  /** @param keyId id or ARN; links name it as it is written here */
  constructor(kms: KMSClient, keyId: string) {
    this.#kms = kms;
    this.keyId = keyId;
  }

  /** @throws LinkKeyUnusable */
  async sign(message: string): Promise<string> {
    const { Mac } = await this.#ask('kms:GenerateMac', () => {
      return this.#kms.send(new GenerateMacCommand({ ...this.#key, Message: Buffer.from(message) }));
    });
    if (Mac?.length !== MAC_BYTES) {
      throw new LinkKeyUnusable(`kms:GenerateMac with the key ${this.keyId} answered ${Mac?.length ?? 0} bytes.`);
    }
    return Buffer.from(Mac).toString('base64url');
  }

  /** @throws LinkKeyUnusable */
  async verify(message: string, mac: string, keyId: string): Promise<boolean> {
    const bytes = Buffer.from(mac, 'base64url');
    if (keyId !== this.keyId || bytes.length !== MAC_BYTES || bytes.toString('base64url') !== mac) return false;
    const { MacValid } = await this.#ask('kms:VerifyMac', async () => {
      try {
        return await this.#kms.send(new VerifyMacCommand({ ...this.#key, Message: Buffer.from(message), Mac: bytes }));
      } catch (error) {
        if (errorCode(error) === 'KMSInvalidMacException') return { MacValid: false };
        throw error;
      }
    });
    return MacValid === true;
  }

  get #key() {
    return { KeyId: this.keyId, MacAlgorithm: MAC_ALGORITHM } as const;
  }

  async #ask<T>(permission: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (cause) {
      throw new LinkKeyUnusable(`${permission} with the key ${this.keyId} failed: ${errorCode(cause)}.`, { cause });
    }
  }
}
