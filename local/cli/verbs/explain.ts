import { placeName } from '../../../core/cloud/place-name.ts';
import { endpoint, parseEndpoint } from '../../../core/net/address.ts';
import type { Explanation } from '../../../web/shapes.ts';
import { printJson, type Cli, type ExitCode } from '../cli.ts';
import { printable } from '../tables.ts';

/** @param where `ADDRESS`, `ADDRESS:PORT`, `[IPv6]:PORT`, `ADDRESS:udp/PORT` */
export async function explain(cli: Cli, where: string): Promise<ExitCode> {
  const { address, port, protocol } = parseEndpoint(where);
  const explanation = await cli.withApi((api) =>
    api.get<Explanation>('/api/explain', {
      address,
      port: port ?? undefined,
      protocol: protocol === 'udp' ? protocol : undefined,
    }),
  );
  if (cli.json) printJson(cli.io, [explanation]);
  else for (const line of linesOf(explanation)) cli.io.out(printable(line));
  return 0;
}

function* linesOf({ address, asset, ports }: Explanation): Generator<string> {
  if (asset === null) yield `${address} is not watched.`;
  else {
    const owner = asset.owner === null ? 'nobody is known to own it' : `owned by ${asset.owner}`;
    const place = placeName(asset);
    const where = place === null ? '' : ` in ${place}`;
    yield `${address}${where}: ${owner}, known from ${asset.source}${asset.exposed ? '' : ', not reachable from outside'}.`;
  }
  if (ports.length === 0) yield 'No port of it is open or admitted.';
  for (const it of ports) {
    yield '';
    yield `${endpoint(address, it.port, it.protocol)}  ${it.open ? 'open' : 'not open'}, ${it.verdict}`;
    for (const sentence of it.why) yield `  ${sentence}`;
  }
}
