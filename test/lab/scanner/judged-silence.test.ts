import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import type { Shard } from '../../../core/planning/shard.ts';
import { aShard } from '../../builders/shard.ts';
import { describeWith } from '../../support/need.ts';
import { type Place, TARGET, twoPlaces, until } from '../../support/scanner/network-lab.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/shard-child.ts', import.meta.url));
const BY_PROC = fileURLToPath(new URL('../../support/scanner/silence-child.ts', import.meta.url));
const { four, six } = TARGET;
/** Nobody has them. */
const NOBODY = ['10.210.0.77', 'fd00:210::77'] as const;
const BROADCAST = '10.210.0.255';

/** How silence is found by each way to look. */
const LOOKS: Readonly<Record<string, Partial<Shard>>> = {
  connect: { engine: 'connect' },
  syn: { engine: 'syn' },
  'the liveness task by connections': { taskId: '0', engine: 'connect' },
  'the liveness task by SYN': { taskId: '0' },
  udp: { protocol: 'udp' },
};
const WITHOUT_PRIVILEGE = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];

async function look(scanner: Place, over: Partial<Shard>, as: readonly string[] = []): Promise<ShardResult> {
  const shard = aShard({ ports: '77-78', tries: 1, timeoutMs: 1_000, ...over });
  return JSON.parse(await scanner.run([...as, process.execPath, CHILD, JSON.stringify(shard)])) as ShardResult;
}

const found = ({ results }: ShardResult) =>
  Object.fromEntries(
    results.map(({ address, covered, unknown, unknownReasons }) => [address, { covered, unknown, unknownReasons }]),
  );
const silent = { covered: '77-78', unknown: '', unknownReasons: {} };
const unknown = (reason: string) => ({ covered: '77-78', unknown: '77-78', unknownReasons: { [reason]: 2 } });

describeWith(['root', 'ip'], 'silence that this machine can explain', () => {
  describe.each(Object.entries(LOOKS))('seen by %s', (_, over) => {
    it('is silence where nobody on its link has the address, and a broadcast address is left out', async () => {
      const { scanner } = twoPlaces();
      const result = await look(scanner, { ...over, addresses: [four, ...NOBODY, BROADCAST] });
      expect(result).toMatchObject({ status: 'complete', reason: null, vacant: 6 });
      expect(found(result)).toEqual({ [four]: silent, [NOBODY[0]]: silent, [NOBODY[1]]: silent });
    });

    it('is unknown where nothing is at the other end of the cable', async () => {
      const { scanner, target } = twoPlaces();
      target.ip('link set eth0 down');
      const result = await look(scanner, { ...over, addresses: [four, six] });
      expect(found(result)).toEqual({ [four]: unknown('ENETDOWN'), [six]: unknown('ENETDOWN') });
      expect(result.vacant).toBeUndefined();
    });

    it('is unknown where there is no address to send from', async () => {
      const { scanner } = twoPlaces();
      scanner.ip('addr flush dev eth0', 'route add 10.210.0.0/24 dev eth0');
      const result = await look(scanner, { ...over, addresses: [four] });
      expect(found(result)).toEqual({ [four]: unknown('EADDRNOTAVAIL') });
    });

    it('is unknown behind a router that nobody is', async () => {
      const { scanner } = twoPlaces();
      scanner.ip(`route add 198.18.0.0/24 via ${NOBODY[0]}`, `route add 2001:db8:7::/64 via ${NOBODY[1]}`);
      const beyond = ['198.18.0.9', '2001:db8:7::9'] as const;
      const result = await look(scanner, { ...over, addresses: [...beyond] });
      expect(found(result)).toEqual({ [beyond[0]]: unknown('EHOSTUNREACH'), [beyond[1]]: unknown('EHOSTUNREACH') });
      expect(result.vacant).toBeUndefined();
    });
  });

  it('is told apart without privilege, and a host that drops everything is somebody', async () => {
    const { scanner, target } = twoPlaces();
    await target.nft('table inet lab { chain in { type filter hook input priority 0; meta l4proto tcp drop; }; }\n');
    const result = await look(scanner, { addresses: [four, ...NOBODY] }, WITHOUT_PRIVILEGE);
    expect(result).toMatchObject({ engine: 'connect', status: 'complete', vacant: 4 });
    expect(found(result)).toEqual({ [four]: silent, [NOBODY[0]]: silent, [NOBODY[1]]: silent });
  });

  it('is told apart by /proc alone for IPv4', async () => {
    const { scanner, target } = twoPlaces();
    await target.nft('table inet lab { chain in { type filter hook input priority 0; tcp dport 78 drop; }; }\n');
    scanner.ip(`route add 198.18.0.0/24 via ${NOBODY[0]}`);
    const by = async (...addresses: string[]): Promise<unknown> =>
      JSON.parse(await scanner.run([process.execPath, BY_PROC, ...addresses]));
    expect(await by(four, NOBODY[0], BROADCAST, '198.18.0.9')).toEqual({
      [four]: { 'closed (ECONNREFUSED)': '77', 'filtered (no-answer)': '78' },
      [NOBODY[0]]: { 'filtered (no-neighbour)': '77-78' },
      [BROADCAST]: { 'filtered (broadcast-address)': '77-78' },
      '198.18.0.9': { 'unknown (EHOSTUNREACH)': '77-78' },
    });
    target.ip('link set eth0 down');
    expect(await by(four)).toEqual({ [four]: { 'unknown (ENETDOWN)': '77-78' } });
    target.ip('link set eth0 up');
    scanner.ip('addr flush dev eth0', 'route add 10.210.0.0/24 dev eth0');
    expect(await by(four)).toEqual({ [four]: { 'unknown (EADDRNOTAVAIL)': '77-78' } });
  });

  it('is unknown from where the cable went away in the middle of a scan by connections', async () => {
    const { scanner, target } = twoPlaces();
    await target.nft(
      'table inet lab { counter syns { }; chain in { type filter hook input priority 0; tcp flags syn / syn,ack counter name syns; tcp dport 101-200 drop; }; }\n',
    );
    const scan = look(scanner, { engine: 'connect', addresses: [four], ports: '1-200', timeoutMs: 500 });
    await until('40 probes', async () => (await target.counted('syns')) > 40);
    target.ip('link set eth0 down', 'link set eth0 up');
    const [result] = (await scan).results;
    const [lost, closed] = [PortSet.parse(result?.unknown ?? ''), PortSet.parse(result?.closed ?? '')];
    expect(result?.unknownReasons).toEqual({ ENETDOWN: lost.size });
    expect(lost.intersect(PortSet.parse('101-200')).size).toBeGreaterThan(50);
    expect(closed.size).toBeGreaterThan(50);
  });
});

describeWith(['root', 'ip', 'nmap'], 'silence that this machine can explain, seen by nmap', () => {
  it('is told apart too', async () => {
    const { scanner, target } = twoPlaces();
    const vacant = await look(scanner, { engine: 'nmap', addresses: [...NOBODY, BROADCAST] });
    expect(vacant).toMatchObject({ status: 'complete', reason: null, vacant: 6 });
    expect(found(vacant)).toEqual({ [NOBODY[0]]: silent, [NOBODY[1]]: silent });
    target.ip('link set eth0 down');
    const cut = await look(scanner, { engine: 'nmap', addresses: [four, six] });
    expect(found(cut)).toEqual({ [four]: unknown('ENETDOWN'), [six]: unknown('ENETDOWN') });
  });
});
