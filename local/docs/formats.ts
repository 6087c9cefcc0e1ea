import * as z from 'zod';
import { Alert } from '../../core/alerting/alert.ts';
import { Asset } from '../../core/assets/asset.ts';
import { AuditRow } from '../../core/audit/audit-row.ts';
import { AsffFinding } from '../../core/emit/asff-shape.ts';
import { OcsfFinding } from '../../core/emit/ocsf-shape.ts';
import { Admitted } from '../../core/exposure/admitted.ts';
import { Finding } from '../../core/findings/finding.ts';
import { Change } from '../../core/fingerprints/change.ts';
import { Fingerprint } from '../../core/fingerprints/fingerprint.ts';
import { Plan } from '../../core/remediation/plan.ts';
import { WhitelistEntry } from '../../core/whitelist/entry.ts';
import {
  ApprovalJson,
  ErrorJson,
  Explanation,
  ImportReport,
  ImportSummary,
  LinksJson,
  ProposalJson,
  ResumedJson,
  ScanLine,
  StatusJson,
  TasksJson,
} from '../../web/shapes.ts';
import { Check } from '../cli/check.ts';

interface Format {
  readonly name: string;
  /** Where it is met. */
  readonly where: string;
  readonly schema: z.ZodType;
}

const FORMATS: readonly Format[] = [
  { name: 'finding', where: '`findings --json`, `export --json`, `GET /api/findings`', schema: Finding },
  {
    name: 'ocsf finding',
    where:
      '`export --format ocsf --json`, `GET /api/export?format=ocsf`; times are milliseconds since 1970, what is not known is left out',
    schema: OcsfFinding,
  },
  {
    name: 'asff finding',
    where: '`export --format asff --json`, `GET /api/export?format=asff`; what is not known is left out',
    schema: AsffFinding,
  },
  { name: 'change', where: '`changes --json`, `GET /api/changes`', schema: Change },
  { name: 'fingerprint', where: '`fingerprints --json`, `GET /api/fingerprints`', schema: Fingerprint },
  { name: 'asset', where: '`assets --json`, `GET /api/assets`', schema: Asset },
  { name: 'admitted', where: '`GET /api/admitted`, one for each address of a cloud account', schema: Admitted },
  { name: 'tasks', where: '`tasks --json` (one line), `GET /api/tasks`', schema: TasksJson },
  {
    name: 'scanned address',
    where:
      '`scan --json`, one line for each address; `scan` is about all of the scan: no open port proves nothing unless it is `complete`. Without `scan` also `addresses` of `GET /api/scans/RUN`',
    schema: ScanLine,
  },
  { name: 'explanation', where: '`explain --json`, `GET /api/explain`', schema: Explanation },
  {
    name: 'whitelist entry',
    where:
      '`whitelist list --json`, `whitelist add --json`, `whitelist approve --json`, `whitelist reject --json`, `whitelist remove --json`, `GET /api/whitelist`',
    schema: WhitelistEntry,
  },
  {
    name: 'approval',
    where:
      '`approvals list --json`, `approvals show --json`, `approvals approve --json`, `approvals deny --json`, `GET /api/approvals`',
    schema: ApprovalJson,
  },
  {
    name: 'links',
    where: '`approvals link --json`, `POST /api/approvals/ID/link`; whoever has one can decide',
    schema: LinksJson,
  },
  { name: 'plan', where: '`remediate --json`, `rollback --json`, `GET /api/plans`', schema: Plan },
  { name: 'proposal', where: '`plan --json`, `POST /api/findings/ID/plan`', schema: ProposalJson },
  { name: 'audit row', where: '`GET /api/audit`', schema: AuditRow },
  { name: 'imported scan', where: '`import --json` of what another scanner wrote', schema: ImportSummary },
  {
    name: 'imported ports',
    where: '`import --format ports --json`, also where the format was told by the file; `POST /api/import`',
    schema: ImportReport,
  },
  { name: 'resumed', where: '`resume --json`, `POST /api/changes/resume`', schema: ResumedJson },
  { name: 'check', where: '`doctor --json`, one line for each', schema: Check },
  { name: 'status', where: '`GET /api/status`', schema: StatusJson },
  {
    name: 'alert',
    where: 'a line of `alerts.jsonl` in the data directory, a message on the alert topic',
    schema: Alert,
  },
  { name: 'error', where: 'every answer of the API that is no success', schema: ErrorJson },
];

/** `docs/formats.md`, from the schemas that make and check the data. */
export function formatsPage(): string {
  return `<!-- Written by \`npm run docs\` from the schemas in core/ and web/; a test holds it current. -->
# Formats

What \`--json\` prints, one object a line, and what the HTTP API answers. Names are stable; new ones may be added. Times are ISO 8601 in
UTC with milliseconds. A value that is not known is \`null\`, never left out. Port sets are text such as \`22,80,8000-8100\`. Port 0 stands for
[every port](runbook.md#what-an-alert-means) of its address. \`up\` and \`demo\` print for people alone and refuse \`--json\`.

| object | where |
|---|---|
${FORMATS.map(({ name, where }) => `| [${name}](#${name.replaceAll(' ', '-')}) | ${where} |`).join('\n')}

Each below is a [JSON Schema](https://json-schema.org/draft/2020-12).

${FORMATS.map(section).join('\n\n')}
`;
}

function section({ name, where, schema }: Format): string {
  return `## ${name}

${where}

\`\`\`json
${JSON.stringify(z.toJSONSchema(schema, { reused: 'ref' }), null, 1)}
\`\`\``;
}
