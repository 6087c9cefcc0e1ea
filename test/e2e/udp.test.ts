import { expect, it } from 'vitest';
import type { Finding } from '../../core/findings/finding.ts';
import type { Plan } from '../../core/remediation/plan.ts';
import { describeWith } from '../support/need.ts';
import { eventually, readAlerts, runVerb } from './support/portcullis.ts';
import { ADDRESS, cleanups, dataDir, endedPlan, findingWhere, findings, runs, up } from './support/scene.ts';
import { askUdp, serveUdp, type UdpServer } from './support/udp-servers.ts';

const isDns = ({ protocol, port }: Finding) => protocol === 'udp' && port === 53;
const isDnsHere = (finding: Finding) => isDns(finding) && finding.address === ADDRESS;

async function serve(service: 'dns' | 'ntp', port: number, address = ADDRESS): Promise<UdpServer> {
  const server = await serveUdp(service, address, port);
  let open = true;
  const close = async () => {
    if (open) await server.close();
    open = false;
  };
  cleanups.push(close);
  return { ...server, close };
}

describeWith(['root', 'nft', 'private network'], 'an open UDP port', () => {
  it('is found by its answer, told once, planned, closed, proved closed, and put back', async () => {
    const data = await dataDir();
    await serve('ntp', 123);
    const other = await serve('dns', 53, '127.7.7.8');
    const portcullis = await up(data, [
      '--targets=127.7.7.8/30',
      '--cadence=1s',
      '--mode=approve',
      '--ports=8080',
      '--udp-ports=53,123',
    ]);
    // Looked at while nothing listens, so that what opens is an event and no baseline.
    await eventually(
      async () => (await runs(portcullis)).find(({ taskId, finishedAt }) => taskId === '2u' && finishedAt !== null),
      20_000,
      () => portcullis.err,
    );
    const neighbour = await findingWhere(portcullis, ({ protocol, port }) => protocol === 'udp' && port === 123);
    expect(neighbour).toMatchObject({ address: ADDRESS, service: 'ntp', severity: 'medium', baseline: true });

    await serve('dns', 53);
    const scanned = await runVerb(['scan', ADDRESS, '--udp', '--ports', '53', '--data', data, '--json'], { cwd: data });
    expect(JSON.parse(scanned.out)).toMatchObject({
      address: ADDRESS,
      open: [{ port: 53, protocol: 'udp', reason: 'answered', service: 'dns', class: 'high-risk-port' }],
    });
    expect(scanned.code).toBe(0);
    const found = await findingWhere(portcullis, isDnsHere);
    expect(found).toMatchObject({ service: 'dns', class: 'high-risk-port', status: 'open', verdict: 'confirmed' });

    const explained = await runVerb(['explain', `${ADDRESS}:udp/53`, '--data', data], { cwd: data });
    expect(explained.out).toContain(`${ADDRESS}:udp/53  open, confirmed`);
    const changes = await runVerb(['changes', '--data', data, '--json'], { cwd: data });
    const opened = changes.out.split('\n').filter((line) => line.includes('"udp"') && line.includes('"opened"'));
    expect(opened.length).toBe(1);
    expect(opened[0]).toContain('answered a UDP request for the second time');

    const link = (await portcullis.waitForOutput(/decide on 127\.7\.7\.9:udp\/53: (http\S+)/))[1] as string;
    await portcullis.waitForOutput(/^1 port opened.* on 127\.7\.7\.9 \(no owner\): udp 53 dns \[medium\]/m);
    expect(await (await fetch(link)).text()).toContain('127.7.7.9:udp/53');
    const pending = await portcullis.get<Plan>(`/api/plans/${(await findingWhere(portcullis, isDnsHere)).planId}`);
    expect(pending.body).toMatchObject({
      protocol: 'udp',
      port: 53,
      steps: [{ op: 'close-port', address: ADDRESS, protocol: 'udp', port: 53 }],
      neighbours: [
        { address: ADDRESS, port: 123, protocol: 'udp' },
        { port: 53, protocol: 'udp' },
      ],
    });
    await fetch(link, { method: 'POST', body: new URLSearchParams({ decision: 'approve' }) });

    const closed = await findingWhere(portcullis, (one) => one.id === found.id && one.verifiedAt !== null);
    expect(closed.status).toBe('closed');
    expect(await askUdp('dns', ADDRESS, 53)).toBe('ECONNREFUSED');
    expect(await askUdp('ntp', ADDRESS, 123)).toBe('answered');
    expect(await askUdp('dns', '127.7.7.8', 53)).toBe('answered');
    expect(other.questions.length).toBeGreaterThan(0);
    const plan = await endedPlan(portcullis, closed);
    expect(plan).toMatchObject({ state: 'verified' });
    expect(plan.evidence).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ address: ADDRESS, port: 53, protocol: 'udp', state: 'closed' }),
      ]),
    );

    await portcullis.post(`/api/plans/${closed.planId}/rollback`);
    await eventually(
      async () => ((await askUdp('dns', ADDRESS, 53)) === 'answered' ? true : undefined),
      10_000,
      () => portcullis.err,
    );
    const again = await findingWhere(portcullis, (one) => one.id === found.id && one.status === 'open');
    expect(again.closedAt).toBeNull();
    expect((await findings(portcullis)).filter(isDns).length).toBe(2);

    const about = (await readAlerts(data))
      .flatMap(({ items }) => items)
      .filter(({ findingId }) => findingId === found.id);
    const kinds = about.map(({ kind }) => kind);
    expect(kinds.slice(0, 2)).toEqual(['opened', 'resolved']);
    expect(kinds.filter((kind) => kind === 'opened' || kind === 'found').length).toBe(1);
  }, 120_000);
});
