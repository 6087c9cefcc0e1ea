import { describe, expect, it } from 'vitest';
import { toSettings } from '../../../core/config/normalise.ts';
import { BadConfig } from '../../../core/config/problems.ts';

const settingsOf = (aws: unknown) => toSettings({ aws }, (path) => ({ order: 0, where: path.join('.') }));

function linesFor(aws: unknown): readonly string[] {
  try {
    settingsOf(aws);
  } catch (error) {
    if (error instanceof BadConfig) return error.lines;
    throw error;
  }
  throw new Error('it was accepted');
}

const READ = 'arn:aws:iam::111122223333:role/portcullis-read';
const WRITE = 'arn:aws:iam::111122223333:role/ops/portcullis-write';

describe('the AWS accounts to watch', () => {
  it('are none unless they are named', () => {
    expect(toSettings({}, () => ({ order: 0, where: '' })).aws).toBeNull();
  });

  it('may be only the account of the credentials', () => {
    expect(settingsOf({ regions: ['eu-west-1', 'us-gov-east-1'] }).aws).toEqual({
      regions: ['eu-west-1', 'us-gov-east-1'],
      accounts: [],
      securityHub: false,
    });
  });

  it('are reached through their own roles, in the same Regions unless they name others', () => {
    const accounts = [
      { account: 111_122_223_333, readRole: READ, writeRole: WRITE, externalId: 'portcullis-42' },
      { account: '000011112222', readRole: 'arn:aws-cn:iam::000011112222:role/r', regions: ['cn-north-1'] },
    ];
    expect(settingsOf({ regions: ['eu-west-1'], accounts }).aws?.accounts).toEqual([
      {
        account: '111122223333',
        regions: ['eu-west-1'],
        readRole: READ,
        writeRole: WRITE,
        externalId: 'portcullis-42',
      },
      {
        account: '000011112222',
        regions: ['cn-north-1'],
        readRole: 'arn:aws-cn:iam::000011112222:role/r',
        writeRole: null,
        externalId: null,
      },
    ]);
  });

  it.each([
    ['eu-west-1', 'aws: "eu-west-1" is not { regions: [eu-west-1], accounts: [...], securityHub: true }'],
    [{ regions: ['eu-west-1'], securityHub: 'yes' }, 'aws.securityHub: "yes" is neither true nor false'],
    [{}, 'aws.regions: nothing is not a list of Regions: write [eu-west-1]'],
    [{ regions: [] }, 'aws.regions: the list of Regions is empty: write [eu-west-1]'],
    [{ regions: ['Ireland'] }, 'aws.regions.0: "Ireland" is not a Region: write one such as eu-west-1'],
    [
      { regions: ['eu-west-1'], acounts: [] },
      'aws.acounts: there is no such key: the keys are regions, accounts, securityHub. Did you mean "accounts"?',
    ],
    [
      { regions: ['eu-west-1'], accounts: [{ account: '12', readRole: READ }] },
      'aws.accounts.0.account: "12" is not an account: write its 12 digits in quotes, such as "123456789012"',
    ],
    [{ regions: ['eu-west-1', 'us-east-2', 'eu-west-1'] }, 'aws.regions.2: "eu-west-1" is there twice: name it once'],
    [
      { regions: ['eu-west-1'], accounts: [{ account: '11112222333', readRole: READ }] },
      'aws.accounts.0.account: "11112222333" is not an account: write its 12 digits in quotes, such as "123456789012"',
    ],
    [
      {
        regions: ['eu-west-1'],
        accounts: [
          { account: '111122223333', readRole: READ },
          { account: 111_122_223_333, readRole: READ, regions: ['eu-west-2'] },
        ],
      },
      'aws.accounts.1: "111122223333" is there twice: name it once',
    ],
    [
      { regions: ['eu-west-1'], accounts: [{ account: '111122223333' }] },
      'aws.accounts.0.readRole: nothing is not a role: write its ARN, such as arn:aws:iam::123456789012:role/portcullis-read',
    ],
    [
      { regions: ['eu-west-1'], accounts: [{ account: '444455556666', readRole: READ }] },
      `aws.accounts.0.readRole: "${READ}" is a role of account 111122223333, and this is account 444455556666`,
    ],
    [
      { regions: ['eu-west-1'], accounts: [{ account: '111122223333', readRole: READ, role: WRITE }] },
      'aws.accounts.0.role: there is no such key: the keys are account, regions, readRole, writeRole, externalId.',
    ],
  ])('%j is refused with what is allowed', (aws, line) => {
    expect(linesFor(aws)).toEqual([line]);
  });
});
