import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../core/errors.ts';
import { AddressSet } from '../../../core/net/address-set.ts';
import { assertScannable, parseTargetList } from '../../../core/net/targets.ts';

function shown(texts: readonly string[]): string[] {
  return parseTargetList(texts).map((spec) => {
    switch (spec.kind) {
      case 'addresses':
        return `${spec.text} = ${spec.set.toString()}`;
      case 'host':
        return `host ${spec.name}`;
      case 'label':
        return `label ${spec.label}`;
      case 'file':
        return `file ${spec.path}`;
      default:
        throw new Error('a new kind of target');
    }
  });
}

describe('a list of targets', () => {
  it('takes addresses, networks, ranges, host names, labels and files, by blanks or commas', () => {
    expect(
      shown([
        '192.0.2.3, 192.0.2.16/28 192.0.2.40 - 192.0.2.41',
        '2001:db8::10',
        '192.0.2.50-51,Edge.Example.COM. localhost',
        'label:PORT_OPEN @targets/own.txt',
      ]),
    ).toEqual([
      '192.0.2.3 = 192.0.2.3',
      '192.0.2.16/28 = 192.0.2.16/28',
      '192.0.2.40-192.0.2.41 = 192.0.2.40/31',
      '2001:db8::10 = 2001:db8::10',
      '192.0.2.50-51 = 192.0.2.50/31',
      'host edge.example.com',
      'host localhost',
      'label PORT_OPEN',
      'file targets/own.txt',
    ]);
  });

  it.each(['xn--bcher-kva.example', '3com.com', 'a-b.example', `${'a'.repeat(63)}.example`])(
    'takes %s as a host name',
    (name) => {
      expect(parseTargetList([name])).toEqual([{ kind: 'host', name }]);
    },
  );

  const SHAPES =
    'write an address (192.0.2.3, 2001:db8::10), a network (192.0.2.0/24) or a range (192.0.2.20-192.0.2.35).';
  const NO_TARGET =
    'is not a target: write an address, a network, a range, a host name (letters, digits, hyphens and dots), label:NAME or @file.';
  const LABELS = 'the labels are IP_ASSETS, IP_ONLINE, IP_OFFLINE, PORT_OPEN, PORT_DOWN, PORT_ADMITTED.';
  it.each([
    ['192.0.2', `"192.0.2" is not an address: ${SHAPES}`],
    ['300.0.2.1', `"300.0.2.1" is not an address: ${SHAPES}`],
    ['2130706433', `"2130706433" is not an address: ${SHAPES}`],
    ['192.0.2.3:22', `"192.0.2.3:22" is not an address: ${SHAPES}`],
    ['http://edge.example.com/', `"http://edge.example.com/" is not an address: ${SHAPES}`],
    [
      '192.0.2.5/24',
      '"192.0.2.5/24" is an address inside a network: write 192.0.2.0/24 for the network or 192.0.2.5 for the address.',
    ],
    ['0x7f.1', `"0x7f.1" ${NO_TARGET}`],
    ['edge.7', `"edge.7" ${NO_TARGET}`],
    ['-edge.example.com', `"-edge.example.com" ${NO_TARGET}`],
    ['edge..example.com', `"edge..example.com" ${NO_TARGET}`],
    ['edge_1.example.com', `"edge_1.example.com" ${NO_TARGET}`],
    ['--rate', `"--rate" ${NO_TARGET}`],
    ['bücher.example', `"bücher.example" ${NO_TARGET}`],
    [`${'a'.repeat(64)}.example`, `"${'a'.repeat(64)}.example" ${NO_TARGET}`],
    [`${'a.'.repeat(127)}a`, `"${'a.'.repeat(127)}a" ${NO_TARGET}`],
    ['PORT_OPEN', `"PORT_OPEN" ${NO_TARGET} Did you mean "label:PORT_OPEN"?`],
    ['label:PORT_OPNE', `"label:PORT_OPNE" is not a known label: ${LABELS} Did you mean "PORT_OPEN"?`],
    ['label:', `"label:" is not a known label: ${LABELS}`],
    ['@', '"@" names no file: write @ and the path of a file with one target a line.'],
    ['', 'The list of targets is empty: write addresses, networks, ranges, host names, label:NAME or @file.'],
    [' , ', 'The list of targets is empty: write addresses, networks, ranges, host names, label:NAME or @file.'],
  ])('refuses %j', (text, message) => {
    expect(() => parseTargetList([text])).toThrow(new BadInput(message));
  });

  it('refuses a list with nothing in it', () => {
    expect(() => parseTargetList([])).toThrow(BadInput);
  });
});

describe('the limit on the number of addresses', () => {
  const check = (texts: readonly string[], yesLarge: boolean) => () =>
    assertScannable(AddressSet.fromCidrs(texts), { yesLarge });

  it.each([
    [['10.0.0.0/16'], false],
    [['2001:db8::/112'], false],
    [['10.0.0.0/12'], true],
    [['2001:db8::/108'], true],
  ])('lets %j pass with yesLarge %j', (texts, yesLarge) => {
    expect(check(texts, yesLarge)).not.toThrow();
  });

  const SMALL = 'at most 65,536 (an IPv4 /16, an IPv6 /112) are allowed without --yes-large.';
  const LARGE =
    'at most 65,536 are allowed, 1,048,576 (an IPv4 /12, an IPv6 /108) with --yes-large. Name smaller networks.';
  it.each([
    [['10.0.0.0/12'], false, `10.0.0.0/12 has 1,048,576 addresses: ${SMALL}`],
    [['10.0.0.0/16', '192.0.2.3'], false, `10.0.0.0/16 with 1 more has 65,537 addresses: ${SMALL}`],
    [['2001:db8::/111'], false, `2001:db8::/111 has 131,072 addresses: ${SMALL}`],
    [['2001:db8::/64'], false, `2001:db8::/64 has 18,446,744,073,709,551,616 addresses: ${LARGE}`],
    [['10.0.0.0/8'], false, `10.0.0.0/8 has 16,777,216 addresses: ${LARGE}`],
    [['10.0.0.0/8'], true, `10.0.0.0/8 has 16,777,216 addresses: ${LARGE}`],
  ])('refuses %j with yesLarge %j', (texts, yesLarge, message) => {
    expect(check(texts, yesLarge)).toThrow(new BadInput(message));
  });
});
