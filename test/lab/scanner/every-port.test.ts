import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWith } from '../../support/need.ts';
import { aNetworkLab, type Place, TARGET, twoPlaces } from '../../support/scanner/network-lab.ts';
import type { Recorded, RecordJob } from '../../support/scanner/record-child.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/record-child.ts', import.meta.url));
const record = async (scanner: Place, job: RecordJob): Promise<Recorded> =>
  JSON.parse(await scanner.run([process.execPath, CHILD, JSON.stringify(job)])) as Recorded;

const { four, six } = TARGET;
const SILENT = 'table inet lab { chain in { type filter hook input priority 0; tcp dport 1-65535 drop; }\n}\n';

describeWith(['root', 'ip', 'nft'], 'what the record says of a host that answers on every port', () => {
  it.each([four, six])('is one finding and one alert, whichever shards and engines found it (%s)', async (address) => {
    const { scanner, target } = twoPlaces();
    await target.listen([9_999]);
    await target.nft(
      'table inet lab { chain pre { type nat hook prerouting priority -100; tcp dport 1-65535 redirect to :9999; }\n}\n',
    );
    const recorded = await record(scanner, {
      address,
      shards: [
        { engine: 'syn', ports: '1-2048' },
        { engine: 'connect', ports: '2049-4096' },
        { engine: 'syn', ports: '21-23,25,80,110-111,135,139,143,389,443,445,465,512-514,587,636,873,902,993,995' },
        { engine: 'connect', ports: '21-23,25,80,110-111,135,139,143,389,443,445,465,512-514,587,636,873,902,993,995' },
        { engine: 'syn', ports: '1-65535' },
      ],
    });
    expect(recorded).toMatchObject({
      findings: [`${address} 0 every port high open`],
      changes: 1,
      open: '0',
      pendingOpen: '',
    });
    expect(recorded.alerts).toHaveLength(1);
    expect(recorded.alerts[0]).toMatch(
      /^every port answers on .*\n.*\n +\S+ answers on every port: (\d+) of \1 probed completed a connection, ports picked at random among them \(engine connect, /,
    );
    expect(recorded.shards[0]).toMatch(
      /^syn sweep partial: 50 open; \S+ answers on nearly every port \(51 of the first \d+\) and was left alone$/,
    );
  });

  it('is nothing but its services when it has many of them', async () => {
    const { scanner, target } = twoPlaces();
    await target.listen(Array.from({ length: 40 }, (_, i) => 8_000 + i));
    const recorded = await record(scanner, { address: four, shards: [{ engine: 'syn', ports: '8000-8059' }] });
    expect(recorded).toMatchObject({ open: '8000-8039', pendingOpen: '', changes: 40 });
  });
});

/** A scanner, a target and a neighbour that hears everything, on one hub. */
function onOneHub(): Record<'scanner' | 'target' | 'neighbour', Place> {
  const { places, cable } = aNetworkLab('s', 't', 'n', 'h');
  const { s: scanner, t: target, n: neighbour, h: hub } = places;
  // A bridge that learns nothing sends every frame everywhere.
  hub.ip('link add hub type bridge ageing_time 0', 'link set hub up');
  for (const [name, place, last] of [
    ['s', scanner, 1],
    ['t', target, 2],
    ['n', neighbour, 3],
  ] as const) {
    cable(name, 'eth0', 'h', `port${last}`);
    hub.ip(`link set port${last} master hub`, `link set port${last} up`);
    place.ip(`addr add 10.210.0.${last}/24 dev eth0`, 'link set eth0 up');
  }
  neighbour.ip('link set eth0 promisc on');
  return { scanner, target, neighbour };
}

const sweep: RecordJob = { address: four, shards: [{ engine: 'syn', ports: '1-1000' }] };

describeWith(['root', 'ip', 'nft'], 'what the record says of a neighbour that answers for somebody else', () => {
  it('is how many answers fitted nothing, when it guesses', async () => {
    const { scanner, target, neighbour } = onOneHub();
    await target.nft(SILENT);
    const forgery = { kind: 'syn-ack', ackOff: 1 } as const;
    await neighbour.forge({ device: 'eth0', rules: [{ first: 1, last: 1_000, forgery }] });
    expect(await record(scanner, sweep)).toEqual({
      shards: [
        expect.stringMatching(
          /^syn sweep complete: 0 open; [\d,]+ answers do not fit what was sent and counted for nothing: somebody guesses, or they are late$/,
        ),
      ],
      findings: [],
      changes: 0,
      open: '',
      pendingOpen: '',
      alerts: [],
    });
  });

  it('is nothing when it hears our SYNs and answers them, and the host itself refuses', async () => {
    const { scanner, target, neighbour } = onOneHub();
    await target.listen([80]);
    // A silent port keeps the scan listening; without one it ends when every port has refused.
    await target.nft('table inet lab { chain in { type filter hook input priority 0; tcp dport 999 drop; }\n}\n');
    await neighbour.forge({ device: 'eth0', rules: [{ first: 500, last: 512, forgery: { kind: 'syn-ack' } }] });
    const recorded = await record(scanner, sweep);
    // How many of the 13 it is heard in time for is chance.
    expect(recorded.shards).toEqual([
      expect.stringMatching(/^syn sweep complete: ([2-9]|1[0-4]) open; nothing to say$/),
      'connect confirm complete: 1 open; nothing to say',
    ]);
    expect(recorded).toMatchObject({ open: '80', pendingOpen: '', changes: 1, alerts: [] });
    expect(recorded.findings).toEqual([`${four} 80 http low open`]);
  });

  it('is nothing when it answers only packets that no connection sends', async () => {
    const { scanner, target, neighbour } = onOneHub();
    await target.nft(SILENT);
    // Source ports above those that Linux gives to connections: what is aimed at scanners.
    await neighbour.forge({
      device: 'eth0',
      rules: [{ first: 1, last: 1_000, sourceAbove: 61_000, forgery: { kind: 'syn-ack' } }],
    });
    const recorded = await record(scanner, sweep);
    expect(recorded.shards[0]).toMatch(/^syn sweep partial: 50 open; /);
    expect(recorded).toMatchObject({ open: '', pendingOpen: '', changes: 0, findings: [], alerts: [] });
  });

  it('is one finding when it answers every SYN to a silent host: its connections complete, whoever they are with', async () => {
    const { scanner, target, neighbour } = onOneHub();
    await target.nft(SILENT);
    await neighbour.forge({ device: 'eth0', rules: [{ first: 1, last: 65_535, forgery: { kind: 'syn-ack' } }] });
    const recorded = await record(scanner, sweep);
    expect(recorded).toMatchObject({ open: '0', changes: 1, findings: [`${four} 0 every port high open`] });
  });
});
