import { afterAll, beforeAll, expect, it } from 'vitest';
import { masscanEngine } from '../../../fargate-scanner/engines/masscan/masscan-engine.ts';
import { nmapEngine } from '../../../fargate-scanner/engines/nmap/nmap-engine.ts';
import { inNamespace } from '../../support/lab/commands.ts';
import { INTERFACE, type Lab, makeLab } from '../../support/lab/lab.ts';
import { describeWith } from '../../support/need.ts';
import { aJob, runEngine } from '../../support/scanner/run-engine.ts';

/** Ports 1-100 and four more, of which 22, 80, 443, 6379 and 65535 are open. */
const ASKED = '1-100,443,5000,6379,65535';

/** On the network of the lab. */
const NOBODY = '10.213.200.200';

let lab: Lab;
const both = () => Object.fromEntries(lab.targets.v4.map((address) => [address, ASKED]));
const make = async () => {
  lab = await makeLab({ hosts: 2 });
};

describeWith(['root', 'ip', 'nft', 'nmap'], 'nmap as an engine', () => {
  beforeAll(make, 60_000);
  afterAll(() => lab?.remove());

  it('finds every open and every closed port', async () => {
    await lab.set({ silence: 'closed', lossPercent: 0, rttMs: 0 });
    const engine = await nmapEngine({ command: [...lab.inside, 'nmap'] });
    const { states, done } = await runEngine(engine, aJob(both()));
    for (const address of lab.targets.v4) {
      expect(states[address]).toEqual({
        'open (syn-ack)': '22,80,443,6379,65535',
        'closed (ECONNREFUSED)': '1-21,23-79,81-100,5000',
      });
    }
    expect(done).toMatchObject({ kind: 'done', complete: true });
  }, 60_000);

  it('with connections over IPv6 finishes its handshakes, and knows silence from refusal', async () => {
    await lab.set({ silence: 'dropped', lossPercent: 0, rttMs: 0 });
    const engine = await nmapEngine({ command: [...lab.inside, 'nmap'], connect: true });
    const [address = ''] = lab.targets.v6;
    const { states } = await runEngine(engine, aJob({ [address]: '20-22,80' }));
    expect(states[address]).toEqual({ 'open (connected)': '22,80', 'filtered (no-answer)': '20-21' });
  }, 60_000);

  it('leaves a host alone that answers on every port, and says of an address that nobody has that nobody answers', async () => {
    await lab.set({ silence: 'closed', lossPercent: 0, rttMs: 0 });
    const [everywhere = '', host = ''] = lab.targets.v4;
    inNamespace(
      lab.target,
      ['nft', '-f', '-'],
      `table ip everywhere { chain pre { type nat hook prerouting priority -100; ip daddr ${everywhere} meta l4proto tcp redirect to :80; }; }\n`,
    );
    const engine = await nmapEngine({ command: [...lab.inside, 'nmap'], connect: false });
    const { states, stopped } = await runEngine(
      engine,
      aJob({ [everywhere]: '1-2047', [host]: '20-22', [NOBODY]: '20-22' }, { rate: 400 }),
    );
    expect(stopped).toEqual([`${everywhere} everything-open: 100 of 100 ports`]);
    expect(states[host]).toEqual({ 'open (syn-ack)': '22', 'closed (ECONNREFUSED)': '20-21' });
    expect(states[NOBODY]).toEqual({ 'unknown (EHOSTUNREACH)': '20-22' });
  }, 60_000);
});

describeWith(['root', 'ip', 'nft', 'masscan'], 'masscan as an engine', () => {
  beforeAll(make, 60_000);
  afterAll(() => lab?.remove());

  it('shows nothing that is not so, and is silent about the rest', async () => {
    await lab.set({ silence: 'closed', lossPercent: 0, rttMs: 0 });
    const engine = await masscanEngine({
      command: [...lab.inside, 'masscan'],
      more: ['--interface', INTERFACE, '--router-mac', lab.targetMac, '--source-ip', lab.source.v4],
      waitSeconds: 3,
    });
    const { states, stopped, done } = await runEngine(engine, aJob(both(), { rate: 300 }));
    expect(stopped).toEqual([]);
    expect(done).toMatchObject({ kind: 'done', complete: true });
    const open = lab.targets.v4.flatMap((address) => (states[address]?.['open (syn-ack)'] ?? '').split(','));
    // It loses answers of its own, so no more can be asked than some, and no wrong one.
    expect(open.some((port) => port !== '')).toBe(true);
    for (const port of open) expect(['', '22', '80', '443', '6379', '65535']).toContain(port);
    for (const address of lab.targets.v4)
      expect(states[address]?.['closed (ECONNREFUSED)'] ?? '').not.toMatch(/\b(?:22|80|443)\b/);
  }, 120_000);
});
