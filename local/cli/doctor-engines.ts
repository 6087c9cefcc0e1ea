import { messageOf } from '../../core/errors.ts';
import { chooseEngine } from '../../fargate-scanner/engines/choose-engine.ts';
import { otherScanners, type OtherScanner } from '../../fargate-scanner/engines/engines.ts';
import { NotInstalled } from '../../fargate-scanner/engines/external/installed.ts';
import { synEngine } from '../../fargate-scanner/engines/syn/syn-engine.ts';
import { waysOut } from '../../fargate-scanner/engines/ways-out.ts';
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
  const { text, deaf, known } = await waysOut();
  const found = `${syn}; ${text}`;
  if (!known) return warn(NAME, found, 'see ip route');
  if (deaf === null) return ok(NAME, found);
  return warn(
    NAME,
    found,
    `what lies behind ${deaf.gateway} is not reached now: see ip neighbour show dev ${deaf.link}`,
  );
}

async function checkScanner(name: string, scanner: OtherScanner): Promise<Check> {
  const use = `scan --engine ${name}`;
  try {
    const usable = await scanner();
    if (usable.engine !== null) {
      const { tunnel } = name === 'masscan' ? await waysOut() : { tunnel: null };
      if (tunnel === null) return ok(name, `${usable.engine.name}, for \`${use}\``);
      const found = `${usable.engine.name} sends Ethernet frames, and ${tunnel.link}, the way to other networks over IPv${tunnel.family}, is no Ethernet`;
      return warn(name, found, `what lies behind ${tunnel.link} is refused with \`${use}\`: use syn or connect for it`);
    }
    return warn(name, usable.why, usable.advice ?? `until then \`${use}\` is refused`);
  } catch (error) {
    if (error instanceof NotInstalled) return ok(name, `not installed; only \`${use}\` needs it`);
    return warn(name, messageOf(error), `until then \`${use}\` is refused`);
  }
}
