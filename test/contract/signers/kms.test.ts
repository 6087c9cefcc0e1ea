import type { RequestListener, ServerResponse } from 'node:http';
import { CreateKeyCommand, DescribeKeyCommand, type KeySpec, type KMSClient } from '@aws-sdk/client-kms';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { KmsLinkSigner, linkKeyClient } from '../../../adapters/aws/kms-link-signer.ts';
import { issueToken, readToken } from '../../../core/approvals/link.ts';
import { messageOf } from '../../../core/errors.ts';
import { aClosedEndpoint, aFakeEndpoint } from '../../support/aws/fake-endpoint.ts';
import { rejectsWithinSeconds } from '../../support/aws/fake-seconds.ts';
import { emulatorClientConfig } from '../../support/emulators/client-config.ts';
import { STARTS_WITHIN_MS, type Emulator } from '../../support/emulators/emulator-process.ts';
import { startMoto } from '../../support/emulators/moto.ts';
import { describeWith } from '../../support/need.ts';
import { describeLinkSigner } from './link-signer.contract.ts';

const NOW = '2026-03-01T09:00:00.000Z';
const CLAIMS = {
  approvalId: 'a-0123456789abcdef',
  planHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  approver: 'alice@example.com',
  expiresAt: '2026-03-01T13:00:00.000Z',
};
/** Of the right length and form, of no message. */
const MAC = 'A'.repeat(43);

/** A signer with the key `k` of the KMS at `url`. */
function signerAt(url: string): KmsLinkSigner {
  const kms = linkKeyClient(emulatorClientConfig(url));
  onTestFinished(() => kms.destroy());
  return new KmsLinkSigner(kms, 'k');
}

/** Answers every request with `body`, as KMS writes it. */
const answering =
  (status: number, body: object): RequestListener =>
  (_request, response: ServerResponse) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
  };

describeWith(['moto'], 'KMS', () => {
  let moto: Emulator;
  let kms: KMSClient;

  beforeAll(async () => {
    moto = await startMoto();
    kms = linkKeyClient(emulatorClientConfig(moto.url));
  }, STARTS_WITHIN_MS);

  afterAll(async () => {
    kms.destroy();
    await moto.close();
  });

  async function makeKey(KeySpec: KeySpec = 'HMAC_256'): Promise<string> {
    const KeyUsage = KeySpec.startsWith('HMAC') ? 'GENERATE_VERIFY_MAC' : 'ENCRYPT_DECRYPT';
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ KeySpec, KeyUsage }));
    return KeyMetadata?.KeyId ?? '';
  }

  describeLinkSigner('KMS in moto', async () => {
    const keyId = await makeKey();
    return { signer: new KmsLinkSigner(kms, keyId), again: () => new KmsLinkSigner(kms, keyId) };
  });

  it('takes the ARN of a key as well, and then links name the ARN', async () => {
    const keyId = await makeKey();
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyId }));
    const byArn = new KmsLinkSigner(kms, KeyMetadata?.Arn ?? '');
    const token = await issueToken(byArn, CLAIMS);
    expect(await readToken(byArn, token, NOW)).toEqual(CLAIMS);
    expect(await readToken(new KmsLinkSigner(kms, keyId), token, NOW)).toBeNull();
  });

  it('throws for a key that does not exist and for one that cannot make MACs, naming permission, key and reason', async () => {
    const missing = new KmsLinkSigner(kms, '11111111-2222-3333-4444-555555555555');
    await expect(missing.verify('m', MAC, missing.keyId)).rejects.toThrow(
      'kms:VerifyMac with the key 11111111-2222-3333-4444-555555555555 failed: NotFoundException.',
    );
    await expect(missing.sign('m')).rejects.toThrow('kms:GenerateMac');
    const symmetric = new KmsLinkSigner(kms, await makeKey('SYMMETRIC_DEFAULT'));
    await expect(symmetric.verify('m', MAC, symmetric.keyId)).rejects.toThrow('InvalidKeyUsageException');
    await expect(symmetric.sign('m')).rejects.toThrow('InvalidKeyUsageException');
  });
});

describe('KMS that does not check links', () => {
  // What KMS answers by its API reference; moto signs with keys that are disabled or to be deleted, and permits everything.
  it.each([
    ['DisabledException', 'arn:aws:kms:us-east-1:123456789012:key/k is disabled.'],
    ['KMSInvalidStateException', 'arn:aws:kms:us-east-1:123456789012:key/k is pending deletion.'],
    ['AccessDeniedException', 'User: arn:aws:sts::123456789012:assumed-role/approvals/f is not authorized'],
    ['KMSInternalException', 'The request was rejected because an internal exception occurred.'],
    ['KeyUnavailableException', 'The request was rejected because the specified KMS key was not available.'],
  ])('fails with %s: no link is taken for good or for forged', async (code, message) => {
    const signer = signerAt(await aFakeEndpoint(answering(400, { __type: code, message })));
    const failure = await signer.verify('m', MAC, 'k').catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'LINK_KEY_UNUSABLE' });
    expect(messageOf(failure)).toBe(`kms:VerifyMac with the key k failed: ${code}. (${message})`);
    await expect(signer.sign('m')).rejects.toMatchObject({ code: 'LINK_KEY_UNUSABLE' });
    const token = await issueToken({ keyId: 'k', sign: async () => MAC, verify: async () => false }, CLAIMS);
    await expect(readToken(signer, token, NOW)).rejects.toThrow(code);
  });

  it('does not take an answer without a verdict for a good one', async () => {
    const signer = signerAt(await aFakeEndpoint(answering(200, {})));
    expect(await signer.verify('m', MAC, 'k')).toBe(false);
    await expect(signer.sign('m')).rejects.toThrow('kms:GenerateMac with the key k answered 0 bytes.');
    const liar = signerAt(await aFakeEndpoint(answering(200, { MacValid: false })));
    expect(await liar.verify('m', MAC, 'k')).toBe(false);
  });

  it('fails when nothing listens where KMS should be', async () => {
    const signer = signerAt(await aClosedEndpoint());
    await expect(signer.verify('m', MAC, 'k')).rejects.toThrow('kms:VerifyMac with the key k failed: ECONNREFUSED.');
    await expect(signer.sign('m')).rejects.toThrow('kms:GenerateMac with the key k failed: ECONNREFUSED.');
  });

  it('fails within 10 s when KMS takes the request and never answers', async () => {
    const signer = signerAt(await aFakeEndpoint(() => undefined));
    expect(await rejectsWithinSeconds(10, () => signer.verify('m', MAC, 'k'))).toMatchObject({
      message: 'kms:VerifyMac with the key k failed: ETIMEDOUT.',
    });
  });
});
