import { describe, expect, it } from 'vitest';
import type { TaskRun } from '../../../../core/planning/task-run.ts';
import { aChange } from '../../../builders/change.ts';
import { aFinding } from '../../../builders/finding.ts';
import { aTaskRun } from '../../../builders/task-run.ts';
import { runFake } from '../../../support/cli/run-fake.ts';

const finding = aFinding();

describe('scan', () => {
  const run = aTaskRun({ id: 'r-1', shards: 2, complete: 2, incomplete: 0, addresses: 1, probes: 10 });
  const OPEN = [22, 6379].map((port) => ({ port, protocol: 'tcp', reason: 'connected', service: null }));
  const CLEAN = {
    id: 'r-1',
    complete: true,
    shards: 2,
    incomplete: 0,
    unknown: 0,
    reasons: [],
    engines: {},
    loss: null,
    missedOpen: null,
  };
  const scanned = (over = {}) => ({
    run,
    done: true,
    probed: 10,
    unconfirmed: [],
    whyUnconfirmed: null,
    addresses: [
      { address: '192.0.2.3', open: OPEN },
      { address: '192.0.2.4', open: [] },
    ],
    changes: [aChange()],
    findings: [finding],
    ...over,
  });
  const routes = (over = {}) => ({ 'POST /api/scans': run, 'GET /api/scans/r-1': scanned(over) });

  it('asks for what was written and prints one line per address with --json', async () => {
    const { code, out, requests } = await runFake(
      'scan 192.0.2.3,192.0.2.4 --ports 22,1-5 --rate 9 --engine nmap --json'.split(' '),
      {
        routes: routes(),
      },
    );
    expect(code).toBe(0);
    expect(out.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
      { address: '192.0.2.3', open: OPEN, scan: CLEAN },
      { address: '192.0.2.4', open: [], scan: CLEAN },
    ]);
    expect(requests[0]?.body).toEqual({
      targets: ['192.0.2.3', '192.0.2.4'],
      ports: '1-5,22',
      rate: 9,
      engine: 'nmap',
      yesLarge: false,
    });
  });

  it('says in every line of --json what could not be looked at, and with what it was', async () => {
    const line = async (over: Partial<TaskRun>): Promise<unknown> => {
      const { out } = await runFake(['scan', '192.0.2.4', '--json'], { routes: routes({ run: { ...run, ...over } }) });
      return (JSON.parse(out.split('\n')[1] ?? '') as { scan: unknown }).scan;
    };
    const reasons = ['a', 'b', 'c', 'd', 'e', 'f'];
    expect(await line({ complete: 0, incomplete: 2, reasons, engines: { none: 2 } })).toEqual({
      ...CLEAN,
      complete: false,
      incomplete: 2,
      reasons: reasons.slice(0, 5),
      engines: { none: 2 },
    });
    const estimate = { loss: 0.0034, missedOpen: 0.02, receiveDrops: 0, probes: 1_000 };
    expect(await line({ engines: { syn: 2 }, estimate })).toEqual({
      ...CLEAN,
      engines: { syn: 2 },
      loss: 0.0034,
      missedOpen: 0.02,
    });
    expect(await line({ unknown: 1 })).toMatchObject({ complete: false, incomplete: 0, unknown: 1 });
    // Ended before all of it was scanned.
    expect(await line({ complete: 1 })).toMatchObject({ complete: false, incomplete: 0 });
  });

  it.each<[Partial<TaskRun>, string]>([
    [{}, 'Nothing is open.'],
    [{ complete: 0, incomplete: 2 }, 'No open port was seen, which proves little: no part of it was scanned in full.'],
    [
      { shards: 2_000, complete: 1_999, incomplete: 1 },
      'No open port was seen, which proves little: 1 of 2,000 shards was not scanned in full.',
    ],
    [
      { complete: 1, unknown: 1_200 },
      'No open port was seen, which proves little: 1 of 2 shards was not scanned in full, and the state of 1,200 ports could not be found out.',
    ],
    [
      { estimate: { loss: 0.4, missedOpen: 0.5, receiveDrops: 0, probes: 9 } },
      'No open port was seen, which proves little: answers were lost.',
    ],
  ])('of a scan without an open port, %j, says %j', async (over, text) => {
    const nothing = {
      addresses: [{ address: '192.0.2.4', open: [] }],
      changes: [],
      findings: [],
      run: { ...run, ...over },
    };
    const { out } = await runFake(['scan', '192.0.2.4'], { routes: routes(nothing) });
    expect(out.split('\n')[0]).toBe(text);
    const isClean = text === 'Nothing is open.';
    expect(out.split('\n').slice(1)).toEqual([
      '',
      'What changed',
      isClean ? 'No changes.' : 'No changes were seen.',
      '',
      'What needs a person',
      isClean ? 'Nothing.' : 'Nothing that was seen.',
    ]);
  });

  it('says below what is open that there may be more, where not everything was looked at', async () => {
    const { out } = await runFake(['scan', '192.0.2.3'], {
      routes: routes({ run: { ...run, complete: 1, incomplete: 1 } }),
    });
    expect(out).toMatch(/\n192\.0\.2\.3 {2}22,6379\nThere may be more: 1 of 2 shards was not scanned in full\.\n/);
  });

  it('prints what is open, what changed and what needs a person, and its progress on stderr', async () => {
    const { out, err } = await runFake(['scan', '192.0.2.3'], { routes: routes() });
    expect(out).toMatch(/^ADDRESS {4}OPEN\n192\.0\.2\.3 {2}22,6379\n\nWhat changed\n[^]*\nWhat needs a person\n[^]*f-/);
    expect(out).not.toContain('192.0.2.4');
    expect(err).toBe('scanning 1 address, 10 probes (r-1)');
  });

  it('says what holds it back where one address does, and how long that takes', async () => {
    const first = async (busiest: object, ...args: string[]) => {
      const started = { ...run, probes: 65_535, scope: { targets: '192.0.2.3/32', ports: '1-65535', busiest } };
      const result = await runFake(['scan', '192.0.2.3', ...args], {
        routes: { ...routes(), 'POST /api/scans': started },
      });
      return { line: result.err.split('\n')[0], asked: result.requests[0]?.body };
    };
    expect((await first({ rate: 400, probes: 65_535 })).line).toBe(
      'scanning 1 address, 65,535 probes (r-1); at most 400 a second to one address (--rate-per-address): about 2m44s',
    );
    expect((await first({ rate: 400, probes: 1_999 })).line).toBe('scanning 1 address, 65,535 probes (r-1)');
    expect((await first({}, '--rate-per-address', '2000')).asked).toMatchObject({ ratePerAddress: 2_000 });
  });

  it.each([
    ['--rate', '0', '1 to 100000'],
    ['--rate-per-address', '9', '10 to 100000'],
    ['--rate-per-address', 'fast', '10 to 100000'],
  ])('refuses %s %s', async (option, value, allowed) => {
    const { code, err, requests } = await runFake(['scan', '192.0.2.3', option, value]);
    expect([code, err, requests]).toEqual([
      2,
      `portcullis: ${option} "${value}" is not a rate: write probes a second, ${allowed}`,
      [],
    ]);
  });

  it('says on stderr how it was scanned, and warns of what it is blind to', async () => {
    const estimate = { loss: 0.0034, missedOpen: 0.02, receiveDrops: 0, probes: 1_000 };
    const said = async (over: Partial<TaskRun>): Promise<string[]> =>
      (await runFake(['scan', '192.0.2.3'], { routes: routes({ run: { ...run, ...over } }) })).err.split('\n').slice(1);
    expect(await said({ engines: { syn: 2 }, estimate })).toEqual([
      'engine syn; 0.3 % of answers lost, 0.0 openings expected to be missed',
    ]);
    expect(await said({ engines: { connect: 2 }, whyNotBetter: ['CAP_NET_RAW is missing'] })).toEqual([
      'engine connect; no better one: CAP_NET_RAW is missing',
    ]);
    const blind = { ...estimate, missedOpen: 0.5, receiveDrops: 7 };
    expect(await said({ engines: { syn: 1, connect: 2 }, estimate: blind })).toEqual([
      'engines connect (2 shards), syn (1 shard); 0.3 % of answers lost, 0.5 openings expected to be missed',
      'warning: about 0.5 open ports are expected to have been missed: scan again at a lower rate',
      "warning: 7 answers reached the scanner's machine and were lost there: silence proves less; lower the rate",
    ]);
  });

  it.each([
    ['critical', 0],
    ['high', 3],
    ['low', 3],
  ])('with --fail-on %s and an open finding of severity high ends with %d', async (severity, code) => {
    expect((await runFake(['scan', '192.0.2.3', '--fail-on', severity], { routes: routes() })).code).toBe(code);
  });

  it('with --fail-on does not count findings that are whitelisted or closed', async () => {
    const findings = [aFinding({ status: 'whitelisted' }), aFinding({ status: 'closed', port: 22 })];
    const options = { routes: routes({ findings }) };
    expect((await runFake(['scan', '192.0.2.3', '--fail-on', 'info'], options)).code).toBe(0);
  });

  it('ends with 1 and says why when a part could not be scanned', async () => {
    const partial = { ...run, complete: 1, incomplete: 1, reasons: ['event-loop-lag'] };
    const { code, err } = await runFake(['scan', '192.0.2.3'], { routes: routes({ run: partial }) });
    expect(code).toBe(1);
    expect(err).toContain('1 of 2 shards could not be scanned in full: event-loop-lag');
  });

  it('ends with 1 and says why when it was ended early, also with --json', async () => {
    const ended = { ...run, complete: 1, incomplete: 0, stopped: 'the kill switch is on (drill)' };
    const { code, out, err } = await runFake(['scan', '192.0.2.3', '--json'], { routes: routes({ run: ended }) });
    expect(code).toBe(1);
    expect(err).toContain(
      'the scan ended early, the kill switch is on (drill): 1 of 2 shards scanned in full; what was seen is kept, the rest is not scanned',
    );
    const [line = ''] = out.split('\n');
    expect(JSON.parse(line)).toMatchObject({
      scan: { complete: false, reasons: ['the kill switch is on (drill)'] },
    });
  });

  it('ends with 1 and names what answered once and could not be confirmed, and why', async () => {
    const unconfirmed = [{ address: '192.0.2.4', ports: '22,80-81' }];
    const over = { unconfirmed, whyUnconfirmed: 'the kill switch is on (drill)' };
    const said = '192.0.2.4 answered once at 22,80-81, and that could not be confirmed: the kill switch is on (drill)';
    const text = await runFake(['scan', '192.0.2.3'], { routes: routes(over) });
    expect(text).toMatchObject({ code: 1, err: expect.stringContaining(`warning: ${said}`) });
    expect(text.out).toContain('There may be more: what answered once could not be confirmed.');
    const { code, out } = await runFake(['scan', '192.0.2.3', '--json'], { routes: routes(over) });
    expect(code).toBe(1);
    expect(JSON.parse(out.split('\n')[0] ?? '')).toMatchObject({ scan: { complete: false, reasons: [said] } });
  });

  it('waits until it is done', async () => {
    const waiting = scanned({ done: false, probed: 5, run: { ...run, complete: 1 } });
    const { code, requests } = await runFake(['scan', '192.0.2.3'], {
      routes: { 'POST /api/scans': run, 'GET /api/scans/r-1': (times: number) => (times < 2 ? waiting : scanned()) },
    });
    expect(code).toBe(0);
    expect(requests.filter(({ method }) => method === 'GET')).toHaveLength(3);
  });

  it('allows a large target with --yes-large', async () => {
    const { code, requests } = await runFake(['scan', '10.0.0.0/12', '--yes-large'], { routes: routes() });
    expect(code).toBe(0);
    expect(requests[0]?.body).toEqual({ targets: ['10.0.0.0/12'], yesLarge: true });
  });
});
