import { Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { IConstruct } from 'constructs';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Deployment, deploy } from './support/deployment.ts';

/** The rules of the pack `AwsSolutions`; those of the CDK itself run in `cdk synth` (test/infra/app.test.ts). */
const PACK = 'AwsSolutions-';

interface Acknowledgement {
  readonly path: string;
  readonly id: string;
  readonly reason: string;
}
interface Violation {
  readonly path: string;
  readonly id: string;
}

let deployment: Deployment;
beforeAll(() => {
  deployment = deploy();
});

function violationsOf({ app }: Deployment): Violation[] {
  const { violations } = new AwsSolutionsChecks().validateScope(app);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => ({ id: ruleName, path: constructPath ?? '' })),
  );
}

/** Every acknowledgement, with the construct it stands beside. */
function acknowledged({ app }: Deployment): Acknowledgement[] {
  return app.node.findAll().flatMap((construct) =>
    entriesOf(construct).flatMap((data) =>
      Object.entries(data).map(([id, reason]) => ({
        path: construct.node.path,
        id: id.replace(/^annotation::/i, ''),
        reason,
      })),
    ),
  );
}

const entriesOf = ({ node }: IConstruct): Record<string, string>[] =>
  node.metadata
    .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
    .map(({ data }) => data as Record<string, string>);

/** As if nothing had been acknowledged. */
function withoutAcknowledgements(of: Deployment): Deployment {
  for (const construct of of.app.node.findAll()) {
    for (const data of entriesOf(construct)) for (const id of Object.keys(data)) delete data[id];
  }
  return of;
}

describe('the checks of AWS Solutions', () => {
  it('find nothing that is not acknowledged', () => {
    expect(violationsOf(deployment)).toEqual([]);
  });

  it('would find it: they see a policy that was made too wide', () => {
    const worse = deploy();
    worse.scanners.scanner.task.addToTaskRolePolicy(
      new PolicyStatement({ actions: ['s3:*'], resources: ['arn:aws:s3:::x'] }),
    );
    expect(violationsOf(worse).map(({ id }) => id)).toEqual(['AwsSolutions-IAM5[Action::s3:*]']);
  });

  it('are acknowledged beside what they complain about, each with its reason, and never for a whole stack', () => {
    const all = acknowledged(deployment).filter(({ id }) => id.startsWith(PACK));
    expect(all.length).toBeGreaterThan(10);
    for (const { path, reason } of all) {
      expect(reason.length).toBeGreaterThan(20);
      expect(path.split('/').length).toBeGreaterThanOrEqual(3);
    }
  });

  it('would complain without every single acknowledgement', () => {
    const raw = violationsOf(withoutAcknowledgements(deploy()));
    const used = ({ path, id }: Acknowledgement) =>
      raw.some((violation) => violation.id === id && `${violation.path}/`.startsWith(`${path}/`));
    const ours = acknowledged(deployment).filter(({ id }) => id.startsWith(PACK));
    expect(ours.filter((one) => !used(one))).toEqual([]);
    console.log(`AwsSolutions: ${raw.length} findings, ${ours.length} acknowledgements, 0 left, 0 unused`);
  });
});
