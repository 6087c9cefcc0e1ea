import { describe, expect, it } from 'vitest';
import { decideInstall, installHash, parseStamp } from '../../../local/bootstrap/plan.mjs';
import { countTests } from '../../../local/bootstrap/report.mjs';

describe('what the bootstrap installs', () => {
  it.each<[stamp: 'runtime' | 'full' | null, hash: string, level: 'runtime' | 'full', npm: string | null]>([
    [null, 'new', 'runtime', 'ci --omit=dev'],
    [null, 'new', 'full', 'ci --include=dev'],
    ['runtime', 'same', 'runtime', null],
    ['full', 'same', 'runtime', null],
    ['full', 'same', 'full', null],
    ['runtime', 'same', 'full', 'install --no-save --include=dev'],
    ['runtime', 'new', 'runtime', 'ci --omit=dev'],
    ['runtime', 'new', 'full', 'ci --include=dev'],
    // Starting the program does not take a developer's tools away.
    ['full', 'new', 'runtime', 'ci --include=dev'],
  ])('after %s, with a %s lockfile, for %s: npm %s', (stamped, hash, level, npm) => {
    const stamp = stamped === null ? null : { hash: 'same', level: stamped };
    const decision = decideInstall({ stamp, hash, level });
    const wanted = npm?.includes('--omit=dev') ? 'runtime' : 'full';
    expect(decision).toMatchObject(
      npm === null ? { action: 'none' } : { action: 'install', args: npm.split(' '), level: wanted },
    );
  });

  it('changes with the dependencies and the lockfile, not with scripts', () => {
    const json = (over: object) =>
      JSON.stringify({ name: 'x', dependencies: { zod: '4.0.0' }, scripts: { a: 'b' }, ...over });
    const hash = installHash(json({}), 'lock');
    expect(installHash(json({ scripts: { a: 'c' }, version: '2' }), 'lock')).toBe(hash);
    expect(installHash(json({ dependencies: { zod: '4.0.1' } }), 'lock')).not.toBe(hash);
    expect(installHash(json({ allowScripts: { node: true } }), 'lock')).not.toBe(hash);
    expect(installHash(json({}), 'lock2')).not.toBe(hash);
  });

  it.each([null, '', '{', '{}', '{"hash":1,"level":"full"}', '{"hash":"x","level":"some"}', 'null'])(
    'takes the stamp %j for an install that did not finish',
    (text) => {
      expect(parseStamp(text)).toBeNull();
    },
  );

  it('reads its own stamp back', () => {
    expect(parseStamp('{"hash":"x","level":"full"}')).toEqual({ hash: 'x', level: 'full' });
  });
});

describe('the numbers of a test run', () => {
  const report = (over: object) =>
    JSON.stringify({
      numPassedTests: 5,
      numFailedTests: 0,
      numPendingTests: 2,
      numTodoTests: 1,
      testResults: [],
      ...over,
    });
  const file = (status: string, ...tests: string[]) => ({
    status,
    assertionResults: tests.map((outcome) => ({ status: outcome })),
  });

  it('are those of the report', () => {
    expect(countTests(report({ numFailedTests: 2, testResults: [file('failed', 'failed', 'failed')] }), 1)).toEqual({
      passed: 5,
      failed: 2,
      skipped: 3,
    });
  });

  it('count a file that did not load as a failure', () => {
    expect(countTests(report({ testResults: [file('failed'), file('passed', 'passed')] }), 1).failed).toBe(1);
  });

  it('count a run that failed outside every test, or wrote no report, as a failure', () => {
    expect(countTests(report({}), 1).failed).toBe(1);
    expect(countTests(null, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it('have no failure when nothing failed', () => {
    expect(countTests(report({ testResults: [file('passed', 'passed')] }), 0).failed).toBe(0);
  });
});
