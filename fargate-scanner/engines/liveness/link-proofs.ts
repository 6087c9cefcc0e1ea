import type { Responders } from '../../../core/scanning/liveness/responders.ts';
import type { Means } from './means.ts';
import type { PingHost } from './ping-host.ts';
import type { Router } from './rtnetlink.ts';

/** Linux asks a neighbour that it knew again after 5 s of silence (delay_first_probe_time), three times a second apart. */
const KERNEL_ASKS_MS = 8_500;
const EVERY_MS = 250;

export interface LinkProof {
  readonly host: PingHost;
  /** Null: it was the kernel that asked. */
  readonly rttMs: number | null;
}

/**
 * The addresses that only their link speaks for, when everything else was tried: an answer counts unless the link's neighbour answers for
 * others too, or is the router and answers for somebody else. Where this process may not ask the link itself, the kernel's neighbour table tells what the connections made it ask.
 */
export async function linkProofs(
  hosts: readonly PingHost[],
  means: Means,
  responders: Responders,
  signal: AbortSignal,
): Promise<LinkProof[]> {
  await readNeighbours(hosts, means, signal);
  const now = performance.now();
  const routers = { 4: means.kernel?.router(4) ?? null, 6: means.kernel?.router(6) ?? null };
  const silent: { proof: LinkProof; who: string }[] = [];
  for (const host of hosts) {
    const { linkAnswer: answer, address, family } = host;
    if (answer === null) continue;
    // A host with both families has addresses of each.
    const who = `${family} ${answer.mac}`;
    if (host.proven) responders.lives(who, address);
    else if (answer.own && !isRouterFor(host, answer.mac, routers)) {
      responders.heard(who, address, now);
      silent.push({ proof: { host, rttMs: answer.rttMs }, who });
    }
  }
  return silent.flatMap(({ proof, who }) => (responders.proves(who) ? [proof] : []));
}

/** The router answers for an address that is not its own. */
function isRouterFor(
  { bytes, family }: PingHost,
  mac: string,
  routers: Readonly<Record<4 | 6, Router | null>>,
): boolean {
  const router = routers[family];
  return (
    router !== null && Buffer.from(router.mac).toString('latin1') === mac && !Buffer.from(router.address).equals(bytes)
  );
}

/** Waits while the kernel is still asking. */
async function readNeighbours(hosts: readonly PingHost[], means: Means, signal: AbortSignal): Promise<void> {
  const { kernel } = means;
  if (kernel === null) return;
  const until = performance.now() + KERNEL_ASKS_MS;
  let asking = hosts.filter((host) => !host.proven && host.onLink !== null && host.linkAskedAt === null);
  while (asking.length > 0 && !signal.aborted) {
    asking = asking.filter((host) => {
      const found = kernel.neighbour(host.bytes, host.onLink ?? 0);
      if (found.kind === 'confirmed') {
        host.linkAnswer = { mac: Buffer.from(found.mac).toString('latin1'), own: true, rttMs: null };
      }
      return found.kind === 'asking';
    });
    if (asking.length === 0 || performance.now() >= until) return;
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}
