import { describe, expect, it } from 'vitest';
import { readOptions } from '../../../bench/canary/options.ts';

const GROUP = ['--group', 'sg-0123456789abcdef0'];
const TABLE = ['--table', 'portcullis'];
const AT_HOME = { AWS_REGION: 'eu-west-1' };
const read = (...args: string[]) => readOptions(args, AT_HOME);

describe('the options of the canary', () => {
  it('are the harmless ones unless told otherwise', () => {
    expect(read(...GROUP, ...TABLE)).toEqual({
      groupId: 'sg-0123456789abcdef0',
      region: 'eu-west-1',
      port: 1021,
      source: null,
      watch: { table: 'portcullis' },
      until: 'verdict',
      runs: 24,
      everyMs: 3_600_000,
      timeoutMs: 1_200_000,
      publish: false,
    });
  });

  it('take one run, a closing, an API and a Region', () => {
    const more = ['--once', '--until', 'closed', '--source', '0.0.0.0/0', '--region', 'us-east-1', '--timeout', '30s'];
    expect(read(...GROUP, '--api', 'http://127.0.0.1:8460', ...more)).toMatchObject({
      runs: 1,
      until: 'closed',
      source: '0.0.0.0/0',
      region: 'us-east-1',
      timeoutMs: 30_000,
      watch: { api: 'http://127.0.0.1:8460', tokenFile: '.portcullis/api-token' },
    });
  });

  it.each([
    [[...TABLE], /--group: "" is not a security group/],
    [['--group', 'web', ...TABLE], /--group: "web" is not a security group/],
    [[...GROUP], /--table, --api: write one of them/],
    [[...GROUP, ...TABLE, '--api', 'http://127.0.0.1:1'], /--table, --api: write one of them/],
    [[...GROUP, '--api', '127.0.0.1:8460'], /--api: "127\.0\.0\.1:8460" is not a URL/],
    [[...GROUP, ...TABLE, '--port', '6379'], /--port: 6379 is on the high-risk list \(redis\)/],
    [[...GROUP, ...TABLE, '--port', '0'], /--port: "0" is not a whole number from 1 to 65535/],
    [[...GROUP, ...TABLE, '--source', '203.0.113.7/32'], /nothing on the internet sends from 203\.0\.113\.7\/32/],
    [[...GROUP, ...TABLE, '--source', '10.0.0.0/8'], /nothing on the internet sends from 10\.0\.0\.0\/8/],
    [[...GROUP, ...TABLE, '--source', '2600::/64'], /"2600::\/64" is not an IPv4 network/],
    [[...GROUP, ...TABLE, '--source', '1.1.1.0/33'], /no valid prefix/],
    [[...GROUP, ...TABLE, '--until', 'closed'], /name their network with --source/],
    [[...GROUP, ...TABLE, '--until', 'opened'], /"opened" is not a step/],
    [[...GROUP, ...TABLE, '--once', '--runs', '3'], /--once and --runs/],
    [[...GROUP, ...TABLE, '--runs', '169'], /"169" is not a whole number from 1 to 168/],
    [[...GROUP, ...TABLE, '--every', '1m'], /"1m" is out of range: .*5m to 1d/],
    [[...GROUP, ...TABLE, '--timeout', 'soon'], /"soon" is not a duration/],
    [[...GROUP, ...TABLE, '--force'], /--force/],
  ])('refuse %j', (args, message) => {
    expect(() => read(...args)).toThrow(message);
  });

  it('ask for a Region when the environment has none', () => {
    expect(() => readOptions([...GROUP, ...TABLE], {})).toThrow(/--region: none is given, and AWS_REGION is not set/);
  });
});
