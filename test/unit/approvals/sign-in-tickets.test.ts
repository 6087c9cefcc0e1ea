import { describe, expect, it } from 'vitest';
import { fileLinkSigner } from '../../../adapters/local/file-link-signer.ts';
import { issueToken } from '../../../core/approvals/link.ts';
import { issuePending, issueSignedIn, readPending, readSignedIn } from '../../../core/approvals/sign-in-tickets.ts';
import type { SignInSettings } from '../../../core/config/approver-schema.ts';

const NOW = '2026-03-01T09:00:00.000Z';
const signer = fileLinkSigner(new Uint8Array(32).fill(7));
const SETTINGS: SignInSettings = {
  issuer: 'https://login.example.com',
  clientId: 'portcullis',
  audience: 'portcullis',
  forSeverity: 'high',
};
const IDENTITY = { issuer: SETTINGS.issuer, subject: '00u1', email: 'ana@example.com' };
const BEGUN = { token: 'a.b', state: 's'.repeat(43), nonce: 'n'.repeat(43), verifier: 'v'.repeat(43) };

describe('the ticket of somebody signed in', () => {
  it('says who, until fifteen minutes later', async () => {
    const ticket = await issueSignedIn(signer, SETTINGS, IDENTITY, NOW);
    expect(await readSignedIn(signer, SETTINGS, ticket, '2026-03-01T09:14:59.999Z')).toEqual(IDENTITY);
    expect(await readSignedIn(signer, SETTINGS, ticket, '2026-03-01T09:15:00.000Z')).toBeNull();
  });

  it('counts for its own provider and client only', async () => {
    const ticket = await issueSignedIn(signer, SETTINGS, IDENTITY, NOW);
    expect(await readSignedIn(signer, { ...SETTINGS, clientId: 'another' }, ticket, NOW)).toBeNull();
    expect(await readSignedIn(signer, { ...SETTINGS, issuer: 'https://other.example.com' }, ticket, NOW)).toBeNull();
  });

  it('is dead with its key', async () => {
    const ticket = await issueSignedIn(signer, SETTINGS, IDENTITY, NOW);
    expect(await readSignedIn(fileLinkSigner(new Uint8Array(32).fill(8)), SETTINGS, ticket, NOW)).toBeNull();
  });
});

describe('the ticket of a sign-in that was begun', () => {
  it('says what must come back, until ten minutes later', async () => {
    const ticket = await issuePending(signer, BEGUN, NOW);
    expect(await readPending(signer, ticket, '2026-03-01T09:09:59.999Z')).toEqual(BEGUN);
    expect(await readPending(signer, ticket, '2026-03-01T09:10:00.000Z')).toBeNull();
  });

  it('carries the longest link there is, within what a cookie and KMS take', async () => {
    const ticket = await issuePending(signer, { ...BEGUN, token: 'x'.repeat(1_024) }, NOW);
    expect(ticket.length).toBeLessThanOrEqual(3_000);
    expect((await readPending(signer, ticket, NOW))?.token).toHaveLength(1_024);
  });
});

it('none is taken for another, nor the token of a link, with the same key', async () => {
  const signedIn = await issueSignedIn(signer, SETTINGS, IDENTITY, NOW);
  const pending = await issuePending(signer, BEGUN, NOW);
  const link = await issueToken(signer, {
    approvalId: 'a-1',
    planHash: 'h',
    approver: 'ana@example.com',
    expiresAt: '2026-03-01T10:00:00.000Z',
  });
  for (const other of [pending, link, 'x', '', `${signedIn}A`, signedIn.slice(0, -1)]) {
    expect(await readSignedIn(signer, SETTINGS, other, NOW)).toBeNull();
  }
  for (const other of [signedIn, link]) expect(await readPending(signer, other, NOW)).toBeNull();
});
