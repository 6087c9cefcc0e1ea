/**
 * What OCSF 1.4.0 says of the attributes we send: names, types, which are required, which values an enum has. Looked up in
 * https://github.com/ocsf/ocsf-schema (events/findings/detection_finding.json and what it extends, objects/, dictionary.json, profiles/),
 * not in core/emit/. An attribute that is not listed here was not looked up.
 */
type Scalar = 'string' | 'integer' | 'boolean' | 'timestamp' | 'ip' | 'port' | 'json' | 'object';

interface Attribute {
  readonly type: Scalar | { readonly object: string };
  readonly required?: true;
  readonly array?: true;
  /** Allowed values of an integer, each with the caption that its sibling has. */
  readonly values?: Readonly<Record<number, string>>;
  /** The attribute that carries the caption. */
  readonly caption?: string;
  /** Only present when the event names this profile. */
  readonly profile?: 'cloud';
}

interface ObjectRules {
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly atLeastOne?: readonly string[];
}

const string: Attribute = { type: 'string' };
const strings: Attribute = { type: 'string', array: true };
const timestamp: Attribute = { type: 'timestamp' };
const of = (object: string): Attribute => ({ type: { object } });
const must = (attribute: Attribute): Attribute => ({ ...attribute, required: true });
const many = (attribute: Attribute): Attribute => ({ ...attribute, array: true });
const integer = (values: Record<number, string>, caption?: string): Attribute => ({
  type: 'integer',
  values,
  ...(caption !== undefined && { caption }),
});

const OBJECTS: Readonly<Record<string, ObjectRules>> = {
  detection_finding: {
    attributes: {
      activity_id: must(integer({ 0: 'Unknown', 1: 'Create', 2: 'Update', 3: 'Close', 99: 'Other' }, 'activity_name')),
      activity_name: string,
      category_uid: must(integer({ 2: 'Findings' }, 'category_name')),
      category_name: string,
      class_uid: must(integer({ 2004: 'Detection Finding' }, 'class_name')),
      class_name: string,
      type_uid: must(
        integer(
          {
            200400: 'Detection Finding: Unknown',
            200401: 'Detection Finding: Create',
            200402: 'Detection Finding: Update',
            200403: 'Detection Finding: Close',
            200499: 'Detection Finding: Other',
          },
          'type_name',
        ),
      ),
      type_name: string,
      time: must(timestamp),
      start_time: timestamp,
      end_time: timestamp,
      severity_id: must(
        integer(
          {
            0: 'Unknown',
            1: 'Informational',
            2: 'Low',
            3: 'Medium',
            4: 'High',
            5: 'Critical',
            6: 'Fatal',
            99: 'Other',
          },
          'severity',
        ),
      ),
      severity: string,
      status_id: integer(
        { 0: 'Unknown', 1: 'New', 2: 'In Progress', 3: 'Suppressed', 4: 'Resolved', 5: 'Archived', 99: 'Other' },
        'status',
      ),
      status: string,
      status_detail: string,
      is_alert: { type: 'boolean' },
      message: string,
      metadata: must(of('metadata')),
      cloud: { ...must(of('cloud')), profile: 'cloud' },
      finding_info: must(of('finding_info')),
      resources: many(of('resource_details')),
      evidences: many(of('evidences')),
      observables: many(of('observable')),
      remediation: of('remediation'),
      unmapped: { type: 'object' },
    },
  },
  metadata: { attributes: { version: must(string), product: must(of('product')), profiles: strings } },
  product: { attributes: { name: string, vendor_name: string }, atLeastOne: ['name', 'uid'] },
  cloud: { attributes: { provider: must(string), region: string, account: of('account') } },
  account: {
    attributes: {
      uid: string,
      type_id: integer({ 0: 'Unknown', 10: 'AWS Account', 99: 'Other' }, 'type'),
      type: string,
    },
    atLeastOne: ['name', 'uid'],
  },
  finding_info: {
    attributes: {
      uid: must(string),
      title: string,
      desc: string,
      types: strings,
      created_time: timestamp,
      modified_time: timestamp,
      first_seen_time: timestamp,
      last_seen_time: timestamp,
      analytic: of('analytic'),
    },
  },
  analytic: {
    attributes: { uid: string, type_id: must(integer({ 0: 'Unknown', 1: 'Rule' }, 'type')), type: string },
    atLeastOne: ['name', 'uid'],
  },
  resource_details: {
    attributes: {
      uid: string,
      name: string,
      type: string,
      ip: { type: 'ip' },
      region: { ...string, profile: 'cloud' },
      owner: of('user'),
    },
    atLeastOne: ['name', 'uid'],
  },
  user: { attributes: { name: string }, atLeastOne: ['account', 'name', 'uid'] },
  evidences: {
    attributes: {
      dst_endpoint: of('network_endpoint'),
      connection_info: of('network_connection_info'),
      data: { type: 'json' },
    },
    atLeastOne: ['connection_info', 'data', 'dst_endpoint'],
  },
  network_endpoint: {
    attributes: { ip: { type: 'ip' }, port: { type: 'port' }, svc_name: string },
    atLeastOne: ['ip', 'svc_name'],
  },
  network_connection_info: {
    attributes: {
      direction_id: must(
        integer({ 0: 'Unknown', 1: 'Inbound', 2: 'Outbound', 3: 'Lateral', 99: 'Other' }, 'direction'),
      ),
      direction: string,
      protocol_name: string,
      protocol_num: { type: 'integer' },
    },
  },
  observable: {
    attributes: {
      name: string,
      type_id: must(integer({ 0: 'Unknown', 1: 'Hostname', 2: 'IP Address', 99: 'Other' }, 'type')),
      type: string,
      value: string,
    },
  },
  remediation: { attributes: { desc: must(string) } },
};

/** Everything in which an event is not a Detection Finding of OCSF 1.4.0, as sentences; empty when it is one. */
export function ocsfProblems(event: unknown): string[] {
  const profiles = (event as { metadata?: { profiles?: string[] } }).metadata?.profiles ?? [];
  return problemsOf(event, 'detection_finding', 'event', profiles);
}

function problemsOf(value: unknown, name: string, at: string, profiles: readonly string[]): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${at} is not an object`];
  const rules = OBJECTS[name];
  if (rules === undefined) return [`${at}: ${name} was not looked up`];
  const given = value as Record<string, unknown>;
  const problems = Object.keys(given)
    .filter((key) => !(key in rules.attributes))
    .map((key) => `${at}.${key} is no attribute of ${name}`);
  if (rules.atLeastOne !== undefined && !rules.atLeastOne.some((key) => key in given)) {
    problems.push(`${at} has none of ${rules.atLeastOne.join(', ')}`);
  }
  for (const [key, attribute] of Object.entries(rules.attributes)) {
    problems.push(...attributeProblems(given, key, attribute, at, profiles));
  }
  return problems;
}

function attributeProblems(
  given: Record<string, unknown>,
  key: string,
  attribute: Attribute,
  at: string,
  profiles: readonly string[],
): string[] {
  const where = `${at}.${key}`;
  const value = given[key];
  const applies = attribute.profile === undefined || profiles.includes(attribute.profile);
  if (value === undefined) return attribute.required === true && applies ? [`${where} is missing`] : [];
  if (!applies) return [`${where} needs the profile ${attribute.profile}`];
  if ((attribute.array === true) !== Array.isArray(value))
    return [`${where} is ${attribute.array ? 'no' : 'an'} array`];
  const { type } = attribute;
  const each = attribute.array === true ? (value as unknown[]) : [value];
  const problems = each.flatMap((one, i) => {
    const place = attribute.array === true ? `${where}[${i}]` : where;
    if (typeof type === 'object') return problemsOf(one, type.object, place, profiles);
    return isOf(one, type) ? [] : [`${place} is not of type ${type}`];
  });
  const caption = attribute.values?.[value as number];
  if (attribute.values !== undefined && caption === undefined)
    problems.push(`${where} ${JSON.stringify(value)} is not in its enum`);
  if (attribute.caption !== undefined && given[attribute.caption] !== caption) {
    problems.push(`${at}.${attribute.caption} is not "${caption}"`);
  }
  return problems;
}

function isOf(value: unknown, type: Scalar): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return Number.isInteger(value);
    case 'timestamp':
      return Number.isInteger(value) && (value as number) > 0;
    case 'port':
      return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 65_535;
    case 'boolean':
      return typeof value === 'boolean';
    case 'ip':
      return typeof value === 'string' && /^[0-9a-f:.]{2,40}$/i.test(value);
    case 'json':
      return value !== undefined;
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
  }
}
