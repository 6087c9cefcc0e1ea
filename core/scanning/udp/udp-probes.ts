import { BER_PROBES } from './ber-probes.ts';
import { NAME_PROBES } from './name-probes.ts';
import type { UdpProbe } from './probe.ts';
import { SMALL_PROBES } from './small-probes.ts';
import { TEXT_PROBES } from './text-probes.ts';
import { TUNNEL_PROBES } from './tunnel-probes.ts';

/**
 * The ports that are asked in their own protocol, ascending. Not here, because nobody answers who does not know a secret or is not
 * asked to hand out something: WireGuard, RADIUS, DHCP, syslog.
 */
export const UDP_PROBES: readonly UdpProbe[] = [
  ...NAME_PROBES,
  ...BER_PROBES,
  ...TEXT_PROBES,
  ...TUNNEL_PROBES,
  ...SMALL_PROBES,
].sort((a, b) => a.port - b.port);

const BY_PORT: ReadonlyMap<number, UdpProbe> = new Map(UDP_PROBES.map((probe) => [probe.port, probe]));

const NOTHING = new Uint8Array(0);

/** An empty datagram, as nmap sends: echo, chargen, daytime and others answer it, and nobody acts on it. Any datagram is an answer. */
const EMPTY: Pick<UdpProbe, 'request' | 'answers' | 'repeats' | 'otherPort'> = {
  repeats: false,
  otherPort: false,
  request: () => NOTHING,
  answers: () => true,
};

/** How this port is asked. */
export function probeOf(port: number): Pick<UdpProbe, 'request' | 'answers' | 'repeats' | 'otherPort'> {
  return BY_PORT.get(port) ?? EMPTY;
}
