import type { Server } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { describeWith } from '../support/need.ts';
import {
  close,
  eventually,
  listen,
  RunningPortcullis,
  readAlerts,
  temporaryDataDir,
  tryConnect,
  undo,
} from './support/portcullis.ts';

interface FindingJson {
  id: string;
  status: string;
  occurrence: number;
  planId: string | null;
  alertedAt: string | null;
  verifiedAt: string | null;
  closedAt: string | null;
}

const VICTIM = { address: '127.7.7.9', port: 6379 };
const NEIGHBOUR = { address: '127.7.7.9', port: 8080 };

describeWith(['root', 'nft', 'private network'], 'the whole loop on one machine', () => {
  const cleanups: (() => Promise<unknown>)[] = [];
  afterEach(() => undo(cleanups));

  async function open(address: string, port: number): Promise<Server> {
    const server = await listen(address, port);
    cleanups.push(async () => server.listening && close(server));
    return server;
  }

  it('tells a newly open port once, changes nothing on GET, closes exactly it on POST, and puts it back', async () => {
    const data = await temporaryDataDir();
    cleanups.push(data.remove);
    await open(NEIGHBOUR.address, NEIGHBOUR.port);
    const portcullis = await RunningPortcullis.start({
      dataDir: data.path,
      args: ['--targets', '127.7.7.0/28', '--cadence', '1s', '--mode', 'approve', '--ports', '6379,8080'],
    });
    cleanups.push(() => portcullis.stop());
    // The port must be seen closed before it opens, so that its opening is an event and not the baseline.
    await eventually(
      async () =>
        (await portcullis.get<{ runs: { taskId: string; finishedAt: string | null }[] }>('/api/tasks')).runs.find(
          (run) => run.taskId === '2' && run.finishedAt !== null,
        ),
      20_000,
      () => portcullis.err,
    );

    await open(VICTIM.address, VICTIM.port);
    const link = (await portcullis.waitForOutput(/decide on 127\.7\.7\.9:6379: (http\S+)/))[1] as string;
    const alerts = await readAlerts(data.path);
    const about = alerts.flatMap((alert) => alert.items).filter((item) => item.port === VICTIM.port);
    expect(about.map((item) => item.kind)).toEqual(['opened']);

    for (const method of ['GET', 'HEAD', 'OPTIONS']) await fetch(link, { method });
    const page = await fetch(link);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('127.7.7.9');
    expect(page.headers.get('referrer-policy')).toBe('no-referrer');
    expect(page.headers.get('cache-control')).toBe('no-store');
    const [pending] = await portcullis.get<{ id: string; state: string }[]>('/api/approvals');
    expect(pending?.state).toBe('pending');
    expect(await tryConnect(VICTIM.address, VICTIM.port)).toBe('open');

    const first = await decide(link, 'approve');
    expect(first.status).toBe(200);
    const second = await decide(link, 'deny');
    expect(second.status).toBe(200);
    expect(await second.text()).toMatch(/approved/i);

    const closed = await findingWhere(portcullis, (finding) => finding.verifiedAt !== null);
    expect(closed.status).toBe('closed');
    expect(closed.closedAt).not.toBeNull();
    expect(await tryConnect(VICTIM.address, VICTIM.port)).toBe('ECONNREFUSED');
    expect(await tryConnect(NEIGHBOUR.address, NEIGHBOUR.port)).toBe('open');

    await portcullis.post(`/api/plans/${closed.planId}/rollback`);
    await eventually(
      async () => ((await tryConnect(VICTIM.address, VICTIM.port)) === 'open' ? true : undefined),
      10_000,
      () => portcullis.err,
    );
    const reopened = await findingWhere(portcullis, (finding) => finding.status === 'open');
    expect(reopened.id).toBe(closed.id);

    const audit = await portcullis.get<{ action: string }[]>('/api/audit?limit=100');
    expect(audit.map((row) => row.action)).toEqual(expect.arrayContaining(['approval-approved']));
    expect(JSON.stringify(audit)).not.toContain(tokenOf(link));
    expect(await portcullis.stop()).toBe(0);
  }, 90_000);
});

function tokenOf(link: string): string {
  return link.slice(link.lastIndexOf('/') + 1);
}

async function decide(link: string, decision: 'approve' | 'deny'): Promise<Response> {
  return fetch(link, { method: 'POST', body: new URLSearchParams({ decision }) });
}

async function findingWhere(
  portcullis: RunningPortcullis,
  is: (finding: FindingJson) => boolean,
): Promise<FindingJson> {
  let last: FindingJson[] = [];
  return eventually(
    async () => {
      last = await portcullis.get<FindingJson[]>('/api/findings?address=127.7.7.9&port=6379');
      return last.find(is);
    },
    20_000,
    () => `${JSON.stringify(last)}\n${portcullis.err}`,
  );
}
