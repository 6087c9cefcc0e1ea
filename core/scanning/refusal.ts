/** What an ICMP "destination unreachable" code means: the port is closed, a firewall says no, or there is no way to the host. */
export type Refusal = { readonly state: 'closed' | 'prohibited' | 'unreachable'; readonly reason: string };

const prohibited = (reason: string): Refusal => ({ state: 'prohibited', reason });
const ADMIN = prohibited('icmp-admin-prohibited');
const PROHIBITED4: Readonly<Record<number, Refusal>> = {
  9: prohibited('icmp-net-prohibited'),
  10: prohibited('icmp-host-prohibited'),
  13: ADMIN,
};
const PROHIBITED6: Readonly<Record<number, Refusal>> = {
  1: ADMIN,
  5: prohibited('icmp-source-policy'),
  6: prohibited('icmp-reject-route'),
};
const PORT: Refusal = { state: 'closed', reason: 'icmp-port-unreachable' };
const HOST: Refusal = { state: 'unreachable', reason: 'EHOSTUNREACH' };
const NET: Refusal = { state: 'unreachable', reason: 'ENETUNREACH' };

/** Codes of RFC 792 and RFC 1812 (IPv4), RFC 4443 (IPv6). A code that is not known says that there is no way. */
export function refusalOf(family: 4 | 6, code: number): Refusal {
  if (family === 4) {
    if (code === 3) return PORT;
    return PROHIBITED4[code] ?? (code === 0 || code === 6 || code === 11 ? NET : HOST);
  }
  if (code === 4) return PORT;
  return PROHIBITED6[code] ?? (code === 0 ? NET : HOST);
}
