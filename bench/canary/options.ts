import { parseArgs } from 'node:util';
import { parseDuration } from '../../core/config/duration.ts';
import { BadInput, messageOf } from '../../core/errors.ts';
import { classOf } from '../../core/findings/high-risk-ports.ts';
import { AddressSet } from '../../core/net/address-set.ts';
import { publicPart } from '../../core/net/public-space.ts';

/** Set aside for experiments (RFC 4727 section 6): no service uses it, and no outgoing connection is given it. */
const EXPERIMENT_PORT = '1021';
const MOST_RUNS = 168;

export interface Options {
  readonly groupId: string;
  readonly region: string;
  readonly port: number;
  /** CIDR of the rule; null: the public address behind the group, which no packet from outside has as its source. */
  readonly source: string | null;
  readonly watch: { readonly table: string } | { readonly api: string; readonly tokenFile: string };
  readonly until: 'verdict' | 'closed';
  readonly runs: number;
  readonly everyMs: number;
  /** How long each step of a run is waited for. */
  readonly timeoutMs: number;
  readonly publish: boolean;
}

export const USAGE = `npm run canary -- --group sg-... (--table NAME | --api URL) [options]

Opens one rule on a security group, measures how long Portcullis takes to notice it, and removes it again.
The group must carry the tag exposure:canary=true and be on exactly one network interface with a public IPv4 address.

  --group ID        the security group
  --table NAME      the table of a deployment: output "TableName" of the stack PortcullisData
  --api URL         a "portcullis up" that watches the account, such as http://127.0.0.1:8460
  --token-file FILE contents of DATA/api-token, to approve with (default .portcullis/api-token)
  --region REGION   of the group and the table (default AWS_REGION)
  --port N          TCP port of the rule (default ${EXPERIMENT_PORT})
  --source CIDR     source of the rule (default: the address behind the group itself)
  --until closed    wait until Portcullis closes the port: needs a listener there and a source that holds the scanner
  --once            one run; otherwise --runs N (1 to ${MOST_RUNS}, default 24), one --every DURATION (5m to 1d, default 1h)
  --timeout DUR     longest wait for each step, 2s to 1h (default 20m)
  --publish         also send each leg to CloudWatch: metric "latency" by "leg", namespace Portcullis/Canary`;

/** @throws BadInput naming the option and what is allowed */
export function readOptions(args: readonly string[], env: NodeJS.ProcessEnv): Options {
  const values = parsed(args);
  const groupId = values.group ?? '';
  if (!/^sg-[0-9a-f]{8,17}$/.test(groupId)) {
    throw new BadInput(`--group: "${groupId}" is not a security group: write its id, such as sg-0123456789abcdef0.`);
  }
  const region = values.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? '';
  if (region === '')
    throw new BadInput('--region: none is given, and AWS_REGION is not set: write --region eu-west-1.');
  const source = values.source ?? null;
  if (source !== null) checkSource(source);
  const until = values.until ?? 'verdict';
  if (until !== 'verdict' && until !== 'closed') {
    throw new BadInput(`--until: "${until}" is not a step: write verdict or closed.`);
  }
  if (until === 'closed' && source === null) {
    throw new BadInput('--until closed: scanners must be able to connect: name their network with --source.');
  }
  if (values.once === true && values.runs !== undefined) throw new BadInput('--once and --runs: write one of them.');
  return {
    groupId,
    region,
    port: portOf(values.port ?? EXPERIMENT_PORT),
    source,
    watch: watchOf(values.table, values.api, values['token-file']),
    until,
    runs: values.once === true ? 1 : wholeNumber('--runs', values.runs ?? '24', MOST_RUNS),
    everyMs: parseDuration(values.every ?? '1h', { min: '5m', max: '1d' }),
    timeoutMs: parseDuration(values.timeout ?? '20m', { min: '2s', max: '1h' }),
    publish: values.publish ?? false,
  };
}

function parsed(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    const options = {
      group: text,
      table: text,
      api: text,
      'token-file': text,
      region: text,
      port: text,
      source: text,
      until: text,
      once: flag,
      runs: text,
      every: text,
      timeout: text,
      publish: flag,
    };
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new BadInput(messageOf(error), { cause: error });
  }
}

function watchOf(table: string | undefined, api: string | undefined, tokenFile: string | undefined): Options['watch'] {
  if (table !== undefined && api === undefined) return { table };
  if (api !== undefined && table === undefined) {
    if (!/^https?:\/\/./.test(api) || !URL.canParse(api)) {
      throw new BadInput(`--api: "${api}" is not a URL: write one such as http://127.0.0.1:8460.`);
    }
    return { api, tokenFile: tokenFile ?? '.portcullis/api-token' };
  }
  throw new BadInput('--table, --api: write one of them, so that it is known where Portcullis says what it noticed.');
}

/** What is not public is no exposure to Portcullis, so nothing would be measured. */
function checkSource(source: string): void {
  const set = AddressSet.parse(source);
  if (!/^[\d.]+\/\d+$/.test(source)) {
    throw new BadInput(`--source: "${source}" is not an IPv4 network: write one such as 198.41.0.4/32.`);
  }
  if (publicPart(set).isEmpty) {
    throw new BadInput(
      `--source: nothing on the internet sends from ${source} (private, documentation or reserved addresses): Portcullis does not call that an exposure.`,
    );
  }
}

function portOf(text: string): number {
  const port = wholeNumber('--port', text, 65_535);
  const known = classOf(port);
  if (known.class === 'high-risk-port') {
    throw new BadInput(
      `--port: ${port} is on the high-risk list (${known.service}): a test does not open it. Write another one.`,
    );
  }
  return port;
}

function wholeNumber(option: string, text: string, most: number): number {
  const value = /^[1-9]\d*$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= most)) throw new BadInput(`${option}: "${text}" is not a whole number from 1 to ${most}.`);
  return value;
}
