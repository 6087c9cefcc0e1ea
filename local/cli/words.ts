import type { FindingStatus, PortClass, Severity } from '../../core/findings/finding.ts';
import type { ChangeKind } from '../../core/fingerprints/change.ts';
import type { Protocol } from '../../core/net/protocol.ts';
import type { EngineName } from '../../core/scanning/engine-name.ts';
import type { ExportFormat } from '../../web/shapes.ts';
import type { ImportFormat } from './verbs/import.ts';

/*
 * The words of the entities in core/ and the API, for help texts and choices. They stand here a second time because loading the entities loads zod,
 * and `--help` should not wait for that; a unit test holds them equal.
 */
export const STATUSES: readonly FindingStatus[] = ['open', 'whitelisted', 'closing', 'closed'];
export const CLASSES: readonly PortClass[] = ['high-risk-port', 'high-risk-service', 'high-risk-console', 'risk-port'];
/** Ascending. */
export const SEVERITIES: readonly Severity[] = ['info', 'low', 'medium', 'high', 'critical'];
export const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp'];
export const ENGINES: readonly EngineName[] = ['connect', 'syn', 'masscan', 'nmap'];
export const CHANGE_KINDS: readonly ChangeKind[] = ['first-seen', 'opened', 'closed'];
export const EXPORT_FORMATS: readonly ExportFormat[] = ['json', 'csv', 'ocsf', 'asff'];
export const IMPORT_FORMATS: readonly ImportFormat[] = [
  'auto',
  'ports',
  'nmap-xml',
  'masscan-xml',
  'masscan-json',
  'masscan-list',
  'naabu-json',
  'rustscan',
];
