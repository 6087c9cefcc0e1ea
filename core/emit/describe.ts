import { widestOf } from '../exposure/breadth.ts';
import type { Finding, Verdict } from '../findings/finding.ts';
import { endpoint } from '../net/address.ts';
import { EVERY_PORT } from '../net/every-port.ts';

/** Rules that are named in a text; the rest is counted. */
const RULES_NAMED = 5;

/** One line of text at most `max` UTF-16 units long: no control characters or line breaks, no half of a surrogate pair. */
export function plainText(text: string, max: number): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .trim();
  if (line.length <= max) return line;
  const cut = line.slice(0, max - 1);
  // The first half of a pair alone is not text.
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** The same while the finding changes, so that consoles can group by it. */
export function titleOf(finding: Finding): string {
  if (finding.port === EVERY_PORT) return `Answers on every port: ${finding.address}`;
  const service = finding.service === null ? '' : ` (${finding.service})`;
  return `Exposed ${finding.class.replaceAll('-', ' ')}: ${endpoint(finding.address, finding.port, finding.protocol)}${service}`;
}

const VERDICTS: Record<Verdict, string> = {
  confirmed: 'The port is open and a firewall rule admits it.',
  unexplained: 'The port is open although no known firewall rule admits it.',
  latent: 'A firewall rule admits the port and nothing answers.',
  clean: 'Nothing answers and no firewall rule admits the port.',
};

/** Sentences: how it stands, which rules admit it from how wide, who owns it. */
export function whyOf(finding: Finding): string {
  return [standing(finding), VERDICTS[finding.verdict], rules(finding), owner(finding)].join(' ');
}

function standing(finding: Finding): string {
  switch (finding.status) {
    case 'open':
      return `Open since ${finding.openedAt}.`;
    case 'closing':
      return `Open since ${finding.openedAt}; an approved change is closing it.`;
    case 'whitelisted':
      return `Permitted by whitelist entry ${finding.whitelistedBy ?? 'unknown'}.`;
    case 'closed':
      return `Resolved${finding.closedAt === null ? '' : `: closed at ${finding.closedAt}`}.`;
  }
}

function rules(finding: Finding): string {
  const { admittedBy } = finding;
  const widest = `Widest source: ${widestOf(finding.address, admittedBy)}.`;
  if (admittedBy.length === 0) return widest;
  const named = admittedBy.slice(0, RULES_NAMED).map(({ ruleId, source }) => `${ruleId} from ${source}`);
  const more = admittedBy.length > RULES_NAMED ? ` and ${admittedBy.length - RULES_NAMED} more` : '';
  return `${widest} Admitted by ${named.join(', ')}${more}.`;
}

function owner(finding: Finding): string {
  return finding.owner === null ? 'No owner is registered.' : `Owner: ${finding.owner}.`;
}

/** What a person can do about it. */
export function adviceOf(finding: Finding): string {
  if (finding.status === 'closed') return 'Nothing: the port is closed.';
  if (finding.status === 'whitelisted') return 'Nothing while the whitelist entry lasts.';
  if (finding.port === EVERY_PORT) {
    return (
      `Find out what answers for ${finding.address}: a tarpit, a proxy in front of it, a neighbour. ` +
      `If it must, register it: "portcullis whitelist add ${finding.address} --ports all --reason ...".`
    );
  }
  const where = endpoint(finding.address, finding.port, finding.protocol);
  return (
    `If ${where} must not be reachable, "portcullis plan ${finding.id}" shows the exact change and asks for its approval. ` +
    `If it must be, register it: "portcullis whitelist add ${finding.address} --ports ${finding.port}${finding.protocol === 'udp' ? ' --protocol udp' : ''} --reason ...".`
  );
}
