import { messageOf } from '../../core/errors.ts';
import { chooseEngine } from '../../fargate-scanner/engines/choose-engine.ts';
import { otherScanners, type OtherScanner } from '../../fargate-scanner/engines/engines.ts';
import { NotInstalled } from '../../fargate-scanner/engines/external/installed.ts';
import type { DefaultWay } from '../../fargate-scanner/engines/syn/default-ways.ts';
import { synEngine } from '../../fargate-scanner/engines/syn/syn-engine.ts';
import { type Check, ok, warn } from './check.ts';

const NAME = 'scan engine';

/** Which engine sweeps other machines from here, and which other scanners can be asked for. Probes loopback only. */
export async function checkEngines(): Promise<Check[]> {
  const others = Object.entries(otherScanners).map(([name, scanner]) => checkScanner(name, scanner));
  return Promise.all([checkChoice(), ...others]);
}

async function checkChoice(): Promise<Check> {
  const { whyNotBetter, advice } = await chooseEngine(synEngine());
  if (whyNotBetter !== null) return warn(NAME, `connect, for everything: ${whyNotBetter}`, advice);
  const syn = 'syn for other machines (its self-test lost nothing)';
  try {
    // koffi does not load everywhere; here it has just worked in a thread.
    const { defaultWays } = await import('../../fargate-scanner/engines/syn/default-ways.ts');
    const ways = defaultWays();
    const found = `${syn}; ${ways.length === 0 ? 'no default route: only its own links are reached' : ways.map(wayText).join('; ')}`;
    const deaf = ways.find(({ neighbour }) => neighbour === 'failed');
    if (deaf === undefined) return ok(NAME, found);
    return warn(
      NAME,
      found,
      `what lies behind ${deaf.gateway} is not reached now: see ip neighbour show dev ${deaf.link}`,
    );
  } catch (error) {
    return warn(NAME, `${syn}; the routes cannot be read: ${messageOf(error)}`, 'see ip route');
  }
}

/** `IPv4 through 192.0.2.1 on eth0 as Ethernet frames`. */
function wayText({ family, link, gateway, path, neighbour }: DefaultWay): string {
  const to = `IPv${family}${gateway === null ? '' : ` through ${gateway}`} on ${link}`;
  if (path === 'kernel') return `${to} by the kernel's routing (no Ethernet there)`;
  const frames = `${to} as Ethernet frames`;
  if (neighbour === 'unknown') return `${frames} as soon as the kernel has found its router`;
  return neighbour === 'failed' ? `${frames}, but its router did not answer when it was last looked for` : frames;
}

async function checkScanner(name: string, scanner: OtherScanner): Promise<Check> {
  const use = `scan --engine ${name}`;
  try {
    const usable = await scanner();
    if (usable.engine !== null) return ok(name, `${usable.engine.name}, for \`${use}\``);
    return warn(name, usable.why, usable.advice ?? `until then \`${use}\` is refused`);
  } catch (error) {
    if (error instanceof NotInstalled) return ok(name, `not installed; only \`${use}\` needs it`);
    return warn(name, messageOf(error), `until then \`${use}\` is refused`);
  }
}
