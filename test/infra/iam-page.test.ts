import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { iamPage } from '../../infra/docs/iam-page.ts';
import { reasonsOf } from '../../infra/docs/reasons.ts';
import { WATCHING, deploy, resourcesOf, stacksOf } from './support/deployment.ts';
import { statementsIn } from './support/permissions.ts';

describe('docs/iam.md', () => {
  it('is what the templates and the tests of permissions say (npm run docs writes it)', async () => {
    expect(await readFile(new URL('../../docs/iam.md', import.meta.url), 'utf8')).toBe(iamPage());
  });

  it('names every action of every policy, found another way', async () => {
    const page = await readFile(new URL('../../docs/iam.md', import.meta.url), 'utf8');
    const policies = stacksOf(deploy({ ...WATCHING, mode: 'auto' }))
      .flatMap((stack) => Object.values(resourcesOf(stack)))
      .filter(({ Type }) => Type === 'AWS::IAM::Policy');
    const actions = new Set(
      policies.flatMap(({ Properties }) => statementsIn(Properties['PolicyDocument']).flatMap((one) => one.actions)),
    );
    expect(actions.size).toBeGreaterThan(40);
    for (const action of actions) expect(page).toContain(`\`${action}\``);
  });

  it('cannot be written while an action has no reason', () => {
    expect(() => reasonsOf(['sqs:SendMessage', 'ec2:RunInstances'])).toThrow('why anybody needs ec2:RunInstances');
  });
});
