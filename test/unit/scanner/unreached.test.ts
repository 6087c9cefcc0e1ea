import { expect, it } from 'vitest';
import type { AddressResult } from '../../../core/fingerprints/shard-result.ts';
import { after, type Instant, minutes } from '../../../core/time.ts';
import { Unreached } from '../../../fargate-scanner/unreached.ts';

const START: Instant = '2026-03-01T09:00:00.000Z';
const [A, B] = ['192.0.2.1', '192.0.2.2'] as const;
const GONE = 'addresses cannot be reached from here; nothing is concluded from their silence';
const BACK = 'addresses are reached again';

function aScene() {
  const lines: string[] = [];
  const reasons: unknown[] = [];
  const unreached = new Unreached({
    info: () => undefined,
    warn(message, fields) {
      lines.push(message);
      if (fields?.['reason'] !== undefined) reasons.push(fields['reason']);
    },
  });
  /** What each address was unknown for; '': it was not. */
  const note = (at: number, seen: Readonly<Record<string, string>>, took = 0): void => {
    const [startedAt, finishedAt] = [after(START, minutes(at - took)), after(START, minutes(at))];
    const results = Object.entries(seen).map(([address, reason]): AddressResult => ({
      address,
      protocol: 'tcp',
      covered: '22',
      open: [],
      closed: '',
      unknown: reason === '' ? '' : '22',
      unknownReasons: reason === '' ? {} : { [reason]: 1 },
      probes: 1,
      startedAt,
      finishedAt,
    }));
    unreached.note({ results, startedAt, finishedAt });
  };
  return { lines, reasons, note };
}

it('tells once that there is no way, with the reason, and once that all are reached again', () => {
  const { lines, reasons, note } = aScene();
  note(0, { [A]: '', [B]: '' });
  expect(lines).toEqual([]);
  note(1, { [A]: 'ENETDOWN', [B]: 'ENETDOWN' });
  note(2, { [A]: 'ENETDOWN' });
  expect(lines).toEqual([GONE]);
  expect(reasons[0]).toMatch(/192\.0\.2\.1 and 192\.0\.2\.2 is not known: the network interface is down/);
  note(3, { [A]: '' });
  expect(lines).toEqual([GONE]);
  note(4, { [B]: '' });
  expect(lines).toEqual([GONE, BACK]);
  note(5, { [A]: 'EADDRNOTAVAIL' });
  expect(lines).toEqual([GONE, BACK, GONE]);
});

it('says nothing of what is not this machine’s to mend', () => {
  const { lines, note } = aScene();
  note(0, { [A]: 'event-loop-lag', [B]: 'EHOSTUNREACH' });
  expect(lines).toEqual([]);
});

it('takes no word for it from a shard that began before the last line', () => {
  const { lines, note } = aScene();
  note(2, { [A]: 'ENETDOWN' });
  note(3, { [A]: '' }, 2);
  expect(lines).toEqual([GONE]);
  note(5, { [A]: '' }, 1);
  note(6, { [A]: 'ENETDOWN' }, 2);
  expect(lines).toEqual([GONE, BACK]);
});

it('waits for no address that is not looked at any more', () => {
  const { lines, note } = aScene();
  note(0, { [A]: 'ENETDOWN', [B]: 'ENETDOWN' });
  note(1, { [A]: '' });
  note(200, { [A]: 'ENETDOWN' });
  expect(lines).toEqual([GONE, GONE]);
});
