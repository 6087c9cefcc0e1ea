import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Ask } from '../corpus/case.ts';
import type { Placed } from '../moto/materialise.ts';
import { onlyEmulator, runs } from './process.ts';
import type { Box, Said, Tool } from './tool.ts';

const LIMIT_MS = 600_000;

/** Prowler's instance checks that are about one port only. */
const CHECKS: Readonly<Record<number, string>> = {
  22: 'ssh',
  3306: 'mysql',
  3389: 'rdp',
  5432: 'postgresql',
  6379: 'redis',
};

/**
 * Prowler with `ec2_instance_port_NAME_exposed_to_internet`. Of IPv4 addresses only severity critical counts as reachable: that is how Prowler says
 * "public address, public subnet". Of IPv6 addresses, for which it has no such ladder, every FAIL does. It closes by its fixer.
 */
export function prowler(bin: string, version: string): Tool {
  const run = async (ask: Ask, { url, folder }: Box, step: string, more: readonly string[]): Promise<string> => {
    const check = `ec2_instance_port_${CHECKS[ask.port]}_exposed_to_internet`;
    const args = [
      '-c',
      'import sys; from prowler.__main__ import prowler; sys.exit(prowler())',
      'aws',
      '--checks',
      check,
    ];
    const output = ['-M', 'json-ocsf', '-o', folder, '-F', step, '--ignore-exit-code-3', '-b', '--no-color'];
    const options = { limitMs: LIMIT_MS, env: onlyEmulator(url) };
    await runs(join(bin, 'python'), [...args, '--region', 'us-east-1', ...output, ...more], options);
    return join(folder, `${step}.ocsf.json`);
  };
  return {
    name: 'Prowler',
    version,
    asks: ({ protocol, port }) => protocol === 'tcp' && port in CHECKS,
    async reachable(placed, box) {
      const [first] = placed;
      if (first === undefined) return new Map();
      const findings = await findingsIn(await run(first.case.ask, box, 'reachable', []));
      return new Map(
        placed.map((each): [Placed, Said] => [each, { reachable: isExposed(each, findings), difference: null }]),
      );
    },
    async close(placed, box) {
      const [first] = placed;
      if (first !== undefined) await run(first.case.ask, box, 'close', ['--fixer']);
      return new Map();
    },
  };
}

interface Finding {
  readonly status_code: string;
  readonly severity: string;
  readonly resources: readonly { readonly uid: string }[];
}

async function findingsIn(file: string): Promise<Finding[]> {
  return JSON.parse(await readFile(file, 'utf8')) as Finding[];
}

function isExposed({ instanceId, case: { ask } }: Placed, findings: readonly Finding[]): boolean {
  const finding = findings.find(({ resources }) => resources[0]?.uid.endsWith(`/${instanceId}`));
  if (finding === undefined) throw new Error(`Prowler says nothing about ${instanceId}`);
  return finding.status_code === 'FAIL' && (ask.family === 'v6' || finding.severity === 'Critical');
}
