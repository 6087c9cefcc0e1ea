import { expect, expectTypeOf, it } from 'vitest';
import type { PortcullisFunctionProps } from '../../infra/constructs/portcullis-function.ts';
import { ReconcileEnv } from '../../lambdas/reconcile/env.ts';

type Environment = PortcullisFunctionProps<typeof ReconcileEnv>['environment'];
type Given = Record<keyof ReconcileEnv, string>;

it('the environment of a function does not compile without a variable that its handler reads', () => {
  expect(Object.keys(ReconcileEnv.shape)).toContain('TABLE_NAME');
  expectTypeOf<Given>().toExtend<Environment>();
  expectTypeOf<Omit<Given, 'TABLE_NAME'>>().not.toExtend<Environment>();
});
