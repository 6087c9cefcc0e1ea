/** A route to everywhere, as /proc shows it. */
export interface DefaultRoute {
  readonly family: 4 | 6;
  /** Name of the interface. */
  readonly link: string;
  /** Address of the router, 4 or 16 bytes; null: everything is on the link. */
  readonly gateway: Uint8Array | null;
  /** The smallest wins. */
  readonly metric: number;
}

/** RTF_UP and RTF_REJECT of linux/route.h. */
const [UP, REJECT] = [0x1, 0x200];
const NOWHERE_4 = '00000000';
const NOWHERE_6 = '0'.repeat(32);

/** The best default route in `/proc/net/route`, of a little-endian machine; null: there is none. */
export function defaultRoute4(text: string): DefaultRoute | null {
  return best(
    rowsOf(text).flatMap(([link = '', to, gateway = '', flags = '', , , metric, mask]) => {
      if (to !== NOWHERE_4 || mask !== NOWHERE_4 || !usable(flags)) return [];
      const bytes = gateway === NOWHERE_4 ? null : bytesOf(gateway).reverse();
      return [{ family: 4, link, gateway: bytes, metric: Number(metric) }];
    }),
  );
}

/** The best default route in `/proc/net/ipv6_route`; null: there is none. */
export function defaultRoute6(text: string): DefaultRoute | null {
  return best(
    rowsOf(text).flatMap(([to, length, , , gateway = '', metric = '', , , flags = '', link = '']) => {
      if (to !== NOWHERE_6 || length !== '00' || !usable(flags)) return [];
      const bytes = gateway === NOWHERE_6 ? null : bytesOf(gateway);
      return [{ family: 6, link, gateway: bytes, metric: Number.parseInt(metric, 16) }];
    }),
  );
}

function rowsOf(text: string): string[][] {
  return text.split('\n').map((line) => line.trim().split(/\s+/));
}

function usable(flags: string): boolean {
  const bits = Number.parseInt(flags, 16);
  return (bits & UP) !== 0 && (bits & REJECT) === 0;
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

function best(routes: readonly DefaultRoute[]): DefaultRoute | null {
  return routes.reduce<DefaultRoute | null>((a, b) => (a === null || b.metric < a.metric ? b : a), null);
}
