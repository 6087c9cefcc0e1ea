import type { Answer, Ask, Case } from './case.ts';
import type { Acl, AclRow, Interface, Machine, Ports, Routes, Rule, Source, Subnet, World } from './world.ts';

/** Protocol and port that a template is filled in with. */
export type At = Pick<Ask, 'protocol' | 'port'>;

export const ANY = '0.0.0.0/0';
export const ANY6 = '::/0';
export const HALVES = ['0.0.0.0/1', '128.0.0.0/1'] as const;
export const HALVES6 = ['::/1', '8000::/1'] as const;
/** Public, and AWS's own customers': a /8 of it counts as wide. */
export const PUBLIC_8 = '52.0.0.0/8';
export const PUBLIC_16 = '8.8.0.0/16';
export const PUBLIC_HOST = '9.9.9.9/32';

/** A rule that stays as it is when the port is closed. */
export function rule(protocol: string, ports: number | Ports | null, source: Source): Rule {
  return { protocol, ports: typeof ports === 'number' ? [ports, ports] : ports, source, goes: [] };
}

/** A rule that must lose the port: for all of its source, or for these entries of its list. */
export function loses(
  protocol: string,
  ports: number | Ports | null,
  source: Source,
  goes: Rule['goes'] = 'all',
): Rule {
  return { ...rule(protocol, ports, source), goes };
}

export const twinOf = (protocol: At['protocol']): At['protocol'] => (protocol === 'tcp' ? 'udp' : 'tcp');

export const TO_INTERNET: Routes = { [ANY]: 'igw', [ANY6]: 'igw' };

export function subnet(over: Partial<Subnet> = {}): Subnet {
  return { acl: null, routes: TO_INTERNET, ...over };
}

export function interfaceOf(groups: readonly string[], over: Partial<Interface> = {}): Interface {
  return { groups, subnet: 'public', v4: 'elastic', v6: false, ...over };
}

/** A running machine with one interface. */
export function machine(groups: readonly string[], over: Partial<Interface> = {}): Machine {
  return { state: 'running', interfaces: [interfaceOf(groups, over)] };
}

/** One running machine with an elastic address in a public subnet; its groups are those given. */
export function world(groups: World['groups'], over: Partial<World> = {}): World {
  return {
    groups,
    lists: {},
    subnets: { public: subnet() },
    mainRoutes: {},
    machines: { asked: machine(Object.keys(groups)) },
    balancer: null,
    ...over,
  };
}

const EVERYTHING: AclRow[] = [
  { number: 100, allow: true, protocol: '-1', cidr: ANY, ports: null },
  { number: 101, allow: true, protocol: '-1', cidr: ANY6, ports: null },
];

export const allowRow = (number: number, protocol: string, ports: Ports | null, cidr = ANY): AclRow => ({
  number,
  allow: true,
  protocol,
  cidr,
  ports,
});

export const denyRow = (number: number, protocol: string, ports: Ports | null, cidr = ANY): AclRow => ({
  ...allowRow(number, protocol, ports, cidr),
  allow: false,
});

/** Rows of a list that otherwise allows everything both ways. */
export const aclWith = (...inbound: AclRow[]): Acl => ({ inbound: [...inbound, ...EVERYTHING], outbound: EVERYTHING });
/** Only these rows inbound; everything outbound. */
export const aclOf = (...inbound: AclRow[]): Acl => ({ inbound, outbound: EVERYTHING });
/** Everything inbound; only these rows outbound. */
export const repliesOf = (...outbound: AclRow[]): Acl => ({ inbound: EVERYTHING, outbound });

type Over = Partial<Pick<Case, 'throughFront' | 'emulated'>> & Partial<Pick<Ask, 'family' | 'interface'>>;

/** Makes the cases of one topic: `ports: exact port, tcp 22`. */
export function caseMaker(topic: string, at: At) {
  return (title: string, ofWorld: World, answer: Answer, over: Over = {}): Case => {
    const { family = 'v4', interface: index = 0, throughFront = null, emulated = true } = over;
    const name = `${topic}: ${title}, ${at.protocol} ${at.port}`;
    return { name, world: ofWorld, ask: { ...at, family, interface: index }, answer, throughFront, emulated };
  };
}
