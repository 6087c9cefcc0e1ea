import { describe, expect, it } from 'vitest';
import { aFinding } from '../../../builders/finding.ts';
import { aTaskRun } from '../../../builders/task-run.ts';
import { runFake } from '../../../support/cli/run-fake.ts';

const finding = aFinding();

describe('lists', () => {
  it('findings are a table that fits 100 columns', async () => {
    const { code, out } = await runFake(['findings'], { routes: { 'GET /api/findings': [finding] } });
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'ID                  SEVERITY  WHERE           SERVICE  STATUS  OWNER     OPENED (UTC)',
        `${finding.id}  high      192.0.2.3:6379  redis    open    payments  ${finding.openedAt.slice(0, 10)} ${finding.openedAt.slice(11, 19)}`,
      ].join('\n'),
    );
  });

  it('the runs of tasks have their counts grouped, as every count for people', async () => {
    const runs = [aTaskRun({ addresses: 65_536, shards: 2_048, complete: 1_024, incomplete: 1_000 })];
    const { out } = await runFake(['tasks'], { routes: { 'GET /api/tasks': { catalogue: [], runs } } });
    expect(out).toMatch(/ 65,536 +1,024\/2,048 +1,000/);
  });

  it('findings in a cloud have a column for account and Region', async () => {
    const far = aFinding({ account: '210987654321', region: 'eu-west-1' });
    const { out } = await runFake(['findings'], { routes: { 'GET /api/findings': [finding, far] } });
    expect(out).toMatch(/WHERE +ACCOUNT\/REGION +SERVICE/);
    expect(out).toMatch(new RegExp(`^${far.id} .* 192\\.0\\.2\\.3:6379 +210987654321/eu-west-1 +redis`, 'm'));
  });

  it('pass their filters on, and only those that were given', async () => {
    const { requests } = await runFake('findings --status open --class high-risk-port --port 22'.split(' '), {
      routes: { 'GET /api/findings?status=open&class=high-risk-port&port=22': [] },
    });
    expect(requests.map((one) => one.path)).toEqual(['/api/findings?status=open&class=high-risk-port&port=22']);
  });

  it('with --json are one object a line, before or after the verb', async () => {
    const routes = { 'GET /api/findings': [finding, aFinding({ port: 22 })] };
    for (const args of [
      ['findings', '--json'],
      ['--json', 'findings'],
    ]) {
      const { out } = await runFake(args, { routes });
      expect(out.split('\n').map((line) => (JSON.parse(line) as { port: number }).port)).toEqual([6379, 22]);
    }
  });

  it('say in words that there is nothing, and print nothing with --json', async () => {
    const routes = { 'GET /api/findings': [] };
    expect((await runFake(['findings'], { routes })).out).toBe('No findings.');
    expect((await runFake(['findings', '--json'], { routes })).out).toBe('');
  });
});
