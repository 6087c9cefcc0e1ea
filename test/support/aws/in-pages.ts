import { ec2Error, type Intercept, queryError, type WireAnswer } from './wire-proxy.ts';

/** Least and most items a page that AWS takes (API references); moto takes anything and, but for instances, answers with everything. */
const LIMITS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  DescribeNetworkInterfaces: [5, 1_000],
  DescribeSecurityGroups: [5, 1_000],
  DescribeSecurityGroupRules: [5, 1_000],
  DescribeNetworkAcls: [5, 1_000],
  DescribeRouteTables: [5, 100],
  DescribeSubnets: [5, 1_000],
  DescribeVpcs: [5, 1_000],
  DescribeInstances: [5, 1_000],
  DescribeManagedPrefixLists: [1, 100],
  GetManagedPrefixListEntries: [1, 100],
  DescribeLoadBalancers: [1, 400],
  DescribeTargetGroups: [1, 400],
  DescribeListeners: [1, 400],
  DescribeRules: [1, 400],
};

/**
 * Cuts answers into pages as AWS does: at most the number asked for, a token that leads on, and a first page that is empty, which AWS allows itself too.
 * Whole answers are kept, so that the service is asked once.
 */
export function inPages(): Intercept {
  const whole = new Map<string, Promise<WireAnswer>>();
  return async ({ action, params }, forward) => {
    const limits = LIMITS[action];
    if (limits === undefined) return forward();
    const isElb = params.has('PageSize');
    const size = Number(params.get(isElb ? 'PageSize' : 'MaxResults') ?? 'NaN');
    if (!(size >= limits[0] && size <= limits[1])) {
      const fail = isElb ? queryError : ec2Error;
      return fail(400, 'InvalidParameterValue', `a page of ${size} items is not between ${limits.join(' and ')}`);
    }
    const token = params.get(isElb ? 'Marker' : 'NextToken');
    const rest = new URLSearchParams(params);
    for (const name of ['MaxResults', 'NextToken', 'PageSize', 'Marker']) rest.delete(name);
    const key = rest.toString();
    const answer = await (whole.get(key) ?? remember(whole, key, forward(rest)));
    if (answer.status !== 200) return answer;
    const items = itemsOf(answer.body, isElb ? 3 : 2);
    const from = token === null ? 0 : Number(token);
    const to = token === null ? 0 : from + size;
    const more = to < items.length;
    return { status: 200, body: cut(answer.body, items, from, to, more ? nextToken(isElb, to) : '') };
  };
}

function remember<T>(map: Map<string, T>, key: string, value: T): T {
  map.set(key, value);
  return value;
}

const nextToken = (isElb: boolean, to: number) =>
  isElb ? `<NextMarker>${to}</NextMarker>` : `<nextToken>${to}</nextToken>`;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where the items of the answer's list stand: elements `item` or `member` at this depth, the root being 0. */
function itemsOf(xml: string, depth: number): Span[] {
  const spans: Span[] = [];
  let at = -1;
  let start = 0;
  for (const tag of xml.matchAll(/<(\/?)([\w:]+)[^>]*?(\/?)>/g)) {
    const [text, closing, name, alone] = tag;
    const isItem = name === 'item' || name === 'member';
    if (closing === '') at += 1;
    if (closing === '' && at === depth && isItem) start = tag.index;
    if (closing === '/' && at === depth && isItem) spans.push({ from: start, to: tag.index + text.length });
    if (closing === '/' || alone === '/') at -= 1;
  }
  return spans;
}

/** The answer with items `from` to `to` only, and the token beside the list. */
function cut(xml: string, items: readonly Span[], from: number, to: number, token: string): string {
  const [first, last] = [items[0], items.at(-1)];
  if (first === undefined || last === undefined) return xml;
  const kept = items.slice(from, to).map((span) => xml.slice(span.from, span.to));
  const after = xml.slice(last.to);
  const listEnd = after.indexOf('>') + 1;
  return xml.slice(0, first.from) + kept.join('') + after.slice(0, listEnd) + token + after.slice(listEnd);
}
