import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { applyResult, DEFAULT_CLOSURE_POLICY, emptyFingerprint } from '../../../core/fingerprints/observe.ts';
import { ShardResult } from '../../../core/fingerprints/shard-result.ts';
import { resolveLabel } from '../../../core/planning/labels.ts';
import { aShard } from '../../builders/shard.ts';
import { describeWith } from '../../support/need.ts';
import { aLinkLab } from '../../support/scanner/link-lab.ts';

const CHILD = fileURLToPath(new URL('../../support/scanner/shard-child.ts', import.meta.url));
const [NOW, TOMORROW] = ['2026-03-01T09:00:00.000Z', '2026-03-02T09:00:00.000Z'];
const [PINGED, SILENT] = ['10.209.2.2', '10.209.2.77'];

describeWith(['root', 'ip', 'nft'], 'a sweep for life', () => {
  it('puts an address online that answers ICMP and no port of TCP, and one that answers nothing offline', async () => {
    const lab = aLinkLab(1);
    await lab.target(
      ['nft', '-f', '-'],
      'table inet lab { chain input { type filter hook input priority 0; policy drop; icmp type echo-request accept; }; }\n',
    );
    const shard = aShard({ taskId: '0', addresses: [PINGED, SILENT], ports: '22,80,443' });
    const result = ShardResult.parse(JSON.parse(await lab.scanner([process.execPath, CHILD, JSON.stringify(shard)])));
    expect(result).toMatchObject({ engine: 'liveness+syn', whyNotBetter: null });
    const fingerprints = new Map(
      result.results.map((one) => {
        const context = { status: result.status, purpose: 'sweep', runId: 'r-1', engine: result.engine } as const;
        const { fingerprint } = applyResult(emptyFingerprint(one.address, NOW), one, context, DEFAULT_CLOSURE_POLICY);
        return [one.address, fingerprint] as const;
      }),
    );
    expect([...fingerprints].map(([address, { aliveAt }]) => [address, aliveAt])).toEqual([
      [PINGED, NOW],
      [SILENT, null],
    ]);
    const assets = [{ address: PINGED }, { address: SILENT }];
    const [online, offline] = (['IP_ONLINE', 'IP_OFFLINE'] as const).map((label) => [
      ...resolveLabel(label, assets, fingerprints, TOMORROW).keys(),
    ]);
    expect([online, offline]).toEqual([[PINGED], [SILENT]]);
  });
});
