import type { Server } from 'node:net';
import { afterEach } from 'vitest';
import type { Finding } from '../../../core/findings/finding.ts';
import type { Plan } from '../../../core/remediation/plan.ts';
import type { TaskRun } from '../../../core/planning/task-run.ts';
import { close, eventually, listen, RunningPortcullis, temporaryDataDir, undo, type UpOptions } from './portcullis.ts';

export const ADDRESS = '127.7.7.9';
/** Undone after each test, last first. */
export const cleanups: (() => Promise<unknown>)[] = [];

afterEach(() => undo(cleanups));

export async function dataDir(): Promise<string> {
  const data = await temporaryDataDir();
  cleanups.push(data.remove);
  return data.path;
}

export async function open(port: number, address = ADDRESS): Promise<Server> {
  const server = await listen(address, port);
  cleanups.push(async () => server.listening && close(server));
  return server;
}

export async function up(dataDirectory: string, args: readonly string[], more: Partial<UpOptions> = {}) {
  const running = await RunningPortcullis.start({ dataDir: dataDirectory, args, ...more });
  cleanups.push(() => running.kill());
  return running;
}

export const findings = (running: RunningPortcullis) => running.get<Finding[]>('/api/findings');

export async function findingWhere(running: RunningPortcullis, is: (finding: Finding) => boolean): Promise<Finding> {
  return eventually(
    async () => (await findings(running)).find(is),
    30_000,
    () => running.err,
  );
}

export const told = (running: RunningPortcullis, port: number, address = ADDRESS) =>
  findingWhere(
    running,
    (finding) => finding.address === address && finding.port === port && finding.alertedAt !== null,
  );

export async function runs(running: RunningPortcullis): Promise<TaskRun[]> {
  return (await running.get<{ runs: TaskRun[] }>('/api/tasks')).runs;
}

/** The plan of a closed finding when it has come to its end: the finding is written first. */
export async function endedPlan(running: RunningPortcullis, { planId }: Finding): Promise<Plan> {
  return eventually(
    async () => {
      const plan = await running.get<Plan>(`/api/plans/${planId}`);
      return plan.state === 'applied' ? undefined : plan;
    },
    10_000,
    () => running.err,
  );
}
