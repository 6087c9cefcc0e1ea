import { describe, expect, it } from 'vitest';
import type { Fingerprint } from '../../../core/fingerprints/fingerprint.ts';
import { PortSet } from '../../../core/net/port-set.ts';
import { resolveLabel } from '../../../core/planning/labels.ts';
import { TARGET_LABELS, type TargetLabel } from '../../../core/planning/target-label.ts';

const NOW = '2026-03-10T12:00:00.000Z';

function fingerprint(address: string, fields: Partial<Fingerprint>): Fingerprint {
  return {
    address,
    protocol: 'tcp',
    version: 1,
    open: '',
    pendingOpen: '',
    pendingClosed: [],
    history: [],
    observed: [{ ports: '1-1024', at: NOW }],
    aliveAt: null,
    updatedAt: NOW,
    ...fields,
  };
}

const pendingClosed = (port: number) => ({ port, since: NOW, refused: 1, silent: 0, lastProbeAt: NOW, pooled: false });
const history = (port: number) => ({ port, transitions: 2, changedAt: NOW, closedBy: 'refused' as const });

const KNOWN = [
  fingerprint('192.0.2.2', {
    aliveAt: '2026-03-08T12:00:00.000Z',
    open: '22,80',
    pendingOpen: '8080',
    history: [history(22), history(80)],
  }),
  fingerprint('192.0.2.3', { aliveAt: '2026-03-08T11:59:59.999Z', history: [history(22)] }),
  fingerprint('192.0.2.4', { aliveAt: null }),
  fingerprint('192.0.2.5', { observed: [] }),
  fingerprint('192.0.2.6', {
    aliveAt: NOW,
    open: '443',
    pendingClosed: [pendingClosed(443), pendingClosed(9_000)],
    history: [history(443), history(9_000), history(25), history(26)],
    pendingOpen: '26',
  }),
  fingerprint('192.0.2.200', { aliveAt: NOW, open: '22', history: [history(22), history(23)] }),
];
const ASSETS = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4', '192.0.2.5', '192.0.2.6'].map((address) => ({
  address,
}));

function resolved(label: TargetLabel, admitted: Record<string, string> = {}): Record<string, string | null> {
  const known = new Map(KNOWN.map((one) => [one.address, one]));
  const letIn = new Map(Object.entries(admitted).map(([address, text]) => [address, PortSet.parse(text)]));
  const targets = resolveLabel(label, ASSETS, known, NOW, letIn);
  return Object.fromEntries(
    [...targets].map(([address, ports]) => [address, ports === null ? null : ports.toString()]),
  );
}

describe('target labels', () => {
  it('IP_ASSETS is every asset', () => {
    expect(Object.keys(resolved('IP_ASSETS'))).toEqual(ASSETS.map(({ address }) => address));
  });

  it('IP_ONLINE is what answered within two days or was never looked at', () => {
    expect(resolved('IP_ONLINE')).toEqual({
      '192.0.2.1': null,
      '192.0.2.2': null,
      '192.0.2.5': null,
      '192.0.2.6': null,
    });
  });

  it('IP_OFFLINE is the rest: looked at, and silent for more than two days', () => {
    expect(resolved('IP_OFFLINE')).toEqual({ '192.0.2.3': null, '192.0.2.4': null });
  });

  describe('an address of a cloud instance', () => {
    const LEARNED = '2026-03-10T11:00:00.000Z';
    const labelOf = (state: string, aliveAt: string | null | undefined): string => {
      const asset = { address: '192.0.2.9', tags: { 'cloud:instance-state': state }, learnedAt: LEARNED };
      const known = new Map(
        aliveAt === undefined ? [] : [['192.0.2.9', fingerprint('192.0.2.9', { aliveAt })] as const],
      );
      const under = (['IP_ONLINE', 'IP_OFFLINE'] as const).filter((label) =>
        resolveLabel(label, [asset], known, NOW).has('192.0.2.9'),
      );
      return under.join(' and ');
    };
    const [LONG_AGO, BEFORE, SINCE] = ['2026-01-01T00:00:00.000Z', LEARNED, '2026-03-10T11:00:00.001Z'];

    it.each(['running', 'pending'])('that is %s is online whether it answers or not', (state) => {
      expect([undefined, null, LONG_AGO].map((aliveAt) => labelOf(state, aliveAt))).toEqual([
        'IP_ONLINE',
        'IP_ONLINE',
        'IP_ONLINE',
      ]);
    });

    it.each(['stopping', 'stopped', 'shutting-down', 'terminated'])(
      'that is %s is offline, unless it answered after the inventory had learned that',
      (state) => {
        expect([undefined, null, BEFORE, SINCE].map((aliveAt) => labelOf(state, aliveAt))).toEqual([
          'IP_OFFLINE',
          'IP_OFFLINE',
          'IP_OFFLINE',
          'IP_ONLINE',
        ]);
      },
    );

    it('in a state that is not known is what its answers say', () => {
      expect([undefined, null, LONG_AGO, SINCE].map((aliveAt) => labelOf('dreaming', aliveAt))).toEqual([
        'IP_ONLINE',
        'IP_OFFLINE',
        'IP_OFFLINE',
        'IP_ONLINE',
      ]);
    });
  });

  it('PORT_OPEN is what is open or still being confirmed', () => {
    expect(resolved('PORT_OPEN')).toEqual({ '192.0.2.2': '22,80,8080', '192.0.2.6': '26,443,9000' });
  });

  it('PORT_DOWN is what was open once and is not now', () => {
    expect(resolved('PORT_DOWN')).toEqual({ '192.0.2.3': '22', '192.0.2.6': '25' });
  });

  it('PORT_ADMITTED is empty where no rules are read', () => {
    expect(resolved('PORT_ADMITTED')).toEqual({});
  });

  it('PORT_ADMITTED is what rules let in, looked at before or not', () => {
    const admitted = { '192.0.2.1': '22', '192.0.2.3': '80,443', '192.0.2.4': '', '192.0.2.200': '22' };
    expect(resolved('PORT_ADMITTED', admitted)).toEqual({ '192.0.2.1': '22', '192.0.2.3': '80,443' });
  });

  it.each(TARGET_LABELS)('%s never holds an address that is not ours', (label) => {
    expect(resolved(label, { '192.0.2.200': '22' })).not.toHaveProperty(['192.0.2.200']);
  });
});
