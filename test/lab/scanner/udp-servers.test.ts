import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { describeWith } from '../../support/need.ts';
import type { UdpJob, UdpResult } from '../../support/scanner/udp-child.ts';
import { aLink, LINK, SERVERS } from '../../support/scanner/udp-servers.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/udp-child.ts', import.meta.url));

describeWith(['root', 'ip', 'udp servers'], 'the udp engine and real servers', () => {
  it.each(Object.entries(SERVERS))('are asked on %s in their own protocol and answer', async (ports, start) => {
    const { servers, scanner } = await aLink();
    await start(servers);
    const job: UdpJob = { targets: { [LINK.address]: `${ports},7` }, timeoutMs: 1_500, tries: 3 };
    const { states } = JSON.parse(await scanner.run([process.execPath, CHILD, JSON.stringify(job)])) as UdpResult;
    expect(states).toEqual({
      [LINK.address]: { 'open (answered)': ports, 'closed (icmp-port-unreachable)': '7' },
    });
  });
});
