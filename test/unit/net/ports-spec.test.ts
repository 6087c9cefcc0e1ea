import { describe, expect, it } from 'vitest';
import { BadInput } from '../../../core/errors.ts';
import { HIGH_RISK_PORTS } from '../../../core/findings/high-risk-ports.ts';
import { HIGH_RISK_UDP_PORTS } from '../../../core/findings/high-risk-udp-ports.ts';
import { parsePorts } from '../../../core/net/ports-spec.ts';

describe('a port specification', () => {
  it.each([
    ['22', '22'],
    ['80,22,8000-8100,8050', '22,80,8000-8100'],
    [' 22  80 , 443 ', '22,80,443'],
    ['8000 - 8100', '8000-8100'],
    ['all', '1-65535'],
    ['ALL', '1-65535'],
    ['1,65535', '1,65535'],
  ])('reads %j', (text, canonical) => {
    expect(parsePorts(text).toString()).toBe(canonical);
  });

  it('reads a list of numbers and texts, as YAML gives it', () => {
    expect(parsePorts(['1-1024', 3306, 6379]).toString()).toBe('1-1024,3306,6379');
  });

  it('knows every port of the high-risk list by the name of the list', () => {
    const set = parsePorts('high-risk,54321');
    expect(HIGH_RISK_PORTS.every(({ port }) => set.has(port))).toBe(true);
    expect(set.size).toBe(new Set([...HIGH_RISK_PORTS.map(({ port }) => port), 54_321]).size);
  });

  it('means another high-risk list for UDP, and the whole of it', () => {
    const listed = HIGH_RISK_UDP_PORTS.map(({ port }) => port);
    expect([...parsePorts('high-risk', 'udp')]).toEqual(listed.toSorted((a, b) => a - b));
    expect(parsePorts('161,high-risk', 'udp').equals(parsePorts('high-risk', 'udp'))).toBe(true);
    expect(parsePorts('all', 'udp').toString()).toBe('1-65535');
  });

  const SHAPES = 'write a number 1-65535, a range such as 8000-8100, or a list name (high-risk, all).';
  it.each([
    ['0', 'Port 0 does not exist: ports are 1 to 65535.'],
    ['0-5', 'Port 0 does not exist: ports are 1 to 65535.'],
    ['70000', 'Port 70000 does not exist: ports are 1 to 65535.'],
    ['22,1-70000', 'Port 70000 does not exist: ports are 1 to 65535.'],
    ['8100-8000', 'Port range 8100-8000 is reversed: write 8000-8100.'],
    [
      'hihg-risk',
      '"hihg-risk" is not a list of ports: write a number 1-65535, a range such as 8000-8100, or a list name (high-risk, all). Did you mean "high-risk"?',
    ],
    ['top-1000', `"top-1000" is not a list of ports: ${SHAPES}`],
    ['http', `"http" is not a list of ports: ${SHAPES}`],
    ['22,,80', '"22,,80" has a comma with no port beside it: write ports such as 22,80,8000-8100.'],
    ['22,80, ', '"22,80, " has a comma with no port beside it: write ports such as 22,80,8000-8100.'],
    ['-1', `"-1" is not a port: ${SHAPES}`],
    ['22;80', `"22;80" is not a port: ${SHAPES}`],
    ['22.5', `"22.5" is not a port: ${SHAPES}`],
    ['80-', `"80-" is not a port: ${SHAPES}`],
    ['', 'The list of ports is empty: write ports such as 22,80,8000-8100 or a list name (high-risk, all).'],
    [' , ', 'The list of ports is empty: write ports such as 22,80,8000-8100 or a list name (high-risk, all).'],
  ])('refuses %j and says what is allowed', (text, message) => {
    expect(() => parsePorts(text)).toThrow(new BadInput(message));
  });

  it('refuses numbers that are no ports, and an empty list', () => {
    expect(() => parsePorts([22, 0])).toThrow(new BadInput('Port 0 does not exist: ports are 1 to 65535.'));
    expect(() => parsePorts([22.5])).toThrow(new BadInput(`"22.5" is not a port: ${SHAPES}`));
    expect(() => parsePorts([])).toThrow(BadInput);
  });
});
