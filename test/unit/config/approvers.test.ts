import { describe, expect, it } from 'vitest';
import { toSettings } from '../../../core/config/normalise.ts';
import { BadConfig } from '../../../core/config/problems.ts';

const settingsOf = (raw: Record<string, unknown>) =>
  toSettings(raw, (path) => ({ order: 0, where: path.map(String).join('.') }));

function linesFor(raw: Record<string, unknown>): readonly string[] {
  try {
    settingsOf(raw);
  } catch (error) {
    if (error instanceof BadConfig) return error.lines;
    throw error;
  }
  throw new Error('it was accepted');
}

const SIGN_IN = { issuer: 'https://login.example.com', clientId: 'portcullis' };

describe('approvers and their sign-in', () => {
  it('are none unless they are written', () => {
    expect(settingsOf({})).toMatchObject({ approvers: [], signIn: null });
  });

  it.each([
    'https://login.example.com/realms/main',
    'https://tenant.example.com/',
    'http://127.0.0.1:8080/realms/main',
    'http://localhost:8080',
    'http://[::1]:8080',
  ])('take %s for an issuer, as it is written', (issuer) => {
    const { signIn } = settingsOf({
      approvers: ['ana@example.com'],
      signIn: { ...SIGN_IN, issuer, forSeverity: 'low' },
    });
    expect(signIn).toEqual({ issuer, clientId: 'portcullis', audience: 'portcullis', forSeverity: 'low' });
  });

  it.each<[Record<string, unknown>, string]>([
    [{ approvers: [] }, 'approvers: the list is empty, so nobody could decide'],
    [{ approvers: 'ana' }, 'approvers: "ana" is not a list of approvers'],
    [{ approvers: [''] }, 'approvers.0.name: "" is not a name'],
    [{ approvers: [7] }, 'approvers.0: 7 is not an approver'],
    [{ approvers: ['a\u0007b'] }, 'approvers.0.name: "a\\u0007b" is not a name'],
    [{ approvers: ['x'.repeat(255)] }, 'approvers.0.name: it is longer than 254 characters'],
    [{ approvers: ['ana', 'Ana'] }, 'approvers.1: "Ana" is on the list twice'],
    [{ approvers: [{ name: 'ana', match: '192.0.2.300' }] }, 'approvers.0.match: "192.0.2.300"'],
    [{ approvers: [{ name: 'ana', arns: ['*'] }] }, 'approvers.0.arns.0: "*" is not an ARN of IAM or STS'],
    [{ approvers: [{ name: 'ana', arns: ['arn:aws:s3:::bucket'] }] }, 'is not an ARN of IAM or STS'],
    [
      { approvers: [{ name: 'ana', arn: 'x' }] },
      'approvers.0.arn: there is no such key: the keys are name, match, subject, arns',
    ],
    [{ signIn: SIGN_IN }, 'signIn: signIn needs approvers'],
    [{ approvers: ['ana'], signIn: SIGN_IN }, 'approvers.0: "ana" could not sign in: add subject, or name an e-mail'],
    [
      { approvers: ['a@b.example'], signIn: { ...SIGN_IN, issuer: 'http://login.example.com' } },
      'signIn.issuer: "http://login.example.com" is not the URL of a provider',
    ],
    [
      { approvers: ['a@b.example'], signIn: { ...SIGN_IN, issuer: 'https://u:p@login.example.com' } },
      'is not the URL of a provider',
    ],
    [
      { approvers: ['a@b.example'], signIn: { ...SIGN_IN, issuer: 'https://login.example.com?x' } },
      'is not the URL of a provider',
    ],
    [
      { approvers: ['a@b.example'], signIn: { issuer: 'https://login.example.com' } },
      'signIn.clientId: nothing is not a client id',
    ],
    [
      { approvers: ['a@b.example'], signIn: { ...SIGN_IN, forSeverity: 'grave' } },
      'signIn.forSeverity: "grave" is not a severity',
    ],
    [
      { approvers: ['a@b.example'], signIn: { ...SIGN_IN, secret: 'x' } },
      'signIn.secret: there is no such key: the keys are issuer, clientId, audience, forSeverity',
    ],
  ])('%j is refused with what is allowed', (raw, line) => {
    expect(linesFor(raw).join('\n')).toContain(line);
    expect(linesFor(raw)).toHaveLength(1);
  });

  it('of whom one has a subject may have any name', () => {
    const approvers = [{ name: 'ana', subject: '00u1' }, 'bo@example.com'];
    expect(settingsOf({ approvers, signIn: SIGN_IN }).approvers.map(({ name }) => name)).toEqual([
      'ana',
      'bo@example.com',
    ]);
  });
});
