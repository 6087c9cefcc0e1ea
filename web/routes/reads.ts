import * as z from 'zod';
import { Asset } from '../../core/assets/asset.ts';
import { AuditRow } from '../../core/audit/audit-row.ts';
import { Admitted } from '../../core/exposure/admitted.ts';
import { Finding, FindingStatus, PortClass, Severity } from '../../core/findings/finding.ts';
import { Change, ChangeKind } from '../../core/fingerprints/change.ts';
import { Fingerprint } from '../../core/fingerprints/fingerprint.ts';
import { Protocol } from '../../core/net/protocol.ts';
import { Plan } from '../../core/remediation/plan.ts';
import { ApprovalJson, Explanation, ScanJson, StatusJson, TasksJson, WhitelistJson } from '../shapes.ts';
import { BAD_INPUT, describeRoutes, IdParam, json, LimitQuery, NOT_FOUND } from './describe.ts';

const Address = z.string().min(1).max(100);
const PORT = 'write a port, 1 to 65535';
const Port = z.coerce.number({ error: PORT }).int({ error: PORT }).min(1, { error: PORT }).max(65_535, { error: PORT });
const Time = z.iso.datetime({ precision: 3, error: 'write UTC with milliseconds, such as 2026-03-01T09:00:00.000Z' });

const FindingFilter = z.strictObject({
  status: FindingStatus.optional(),
  class: PortClass.optional(),
  severity: Severity.optional().describe('at least this'),
  address: Address.optional(),
  protocol: Protocol.optional(),
  port: Port.optional(),
  owner: z.string().max(200).optional(),
});
const ChangeFilter = z.strictObject({
  limit: LimitQuery,
  since: Time.optional(),
  kind: ChangeKind.optional(),
  address: Address.optional(),
});

/** Everything under /api that only reads, but the export. */
export const READS = describeRoutes({
  status: {
    method: 'get',
    path: '/api/status',
    summary: 'Process, mode, counts, kill switch',
    responses: { 200: json('Status', StatusJson) },
  },
  findings: {
    method: 'get',
    path: '/api/findings',
    summary: 'Findings, gravest first',
    request: { query: FindingFilter },
    responses: { 200: json('Findings', z.array(Finding)), ...BAD_INPUT },
  },
  finding: {
    method: 'get',
    path: '/api/findings/{id}',
    summary: 'One finding',
    request: { params: IdParam },
    responses: { 200: json('Finding', Finding), ...BAD_INPUT, ...NOT_FOUND },
  },
  changes: {
    method: 'get',
    path: '/api/changes',
    summary: 'Changes, newest first',
    request: { query: ChangeFilter },
    responses: { 200: json('Changes', z.array(Change)), ...BAD_INPUT },
  },
  fingerprints: {
    method: 'get',
    path: '/api/fingerprints',
    summary: 'Confirmed open ports of each address, of one protocol',
    request: { query: z.strictObject({ protocol: Protocol.optional().describe('tcp when absent') }) },
    responses: { 200: json('Fingerprints', z.array(Fingerprint)), ...BAD_INPUT },
  },
  assets: {
    method: 'get',
    path: '/api/assets',
    summary: 'Addresses watched',
    responses: { 200: json('Assets', z.array(Asset)) },
  },
  admitted: {
    method: 'get',
    path: '/api/admitted',
    summary: 'What cloud firewall rules let in from the internet, and the last time that became more',
    request: { query: z.strictObject({ address: Address.optional() }) },
    responses: { 200: json('Addresses', z.array(Admitted)), ...BAD_INPUT },
  },
  tasks: {
    method: 'get',
    path: '/api/tasks',
    summary: 'The task catalogue, and its runs, newest first',
    responses: { 200: json('Tasks', TasksJson) },
  },
  audit: {
    method: 'get',
    path: '/api/audit',
    summary: 'Who decided and did what, newest first',
    request: { query: z.strictObject({ limit: LimitQuery, object: z.string().max(100).optional() }) },
    responses: { 200: json('Audit rows', z.array(AuditRow)), ...BAD_INPUT },
  },
  scan: {
    method: 'get',
    path: '/api/scans/{runId}',
    summary: 'How a scan stands, and what it found',
    request: { params: z.object({ runId: z.string().min(1).max(100) }) },
    responses: { 200: json('Scan', ScanJson), ...BAD_INPUT, ...NOT_FOUND },
  },
  explain: {
    method: 'get',
    path: '/api/explain',
    summary: 'Why an address and port are judged as they are',
    request: {
      query: z.strictObject({
        address: Address,
        port: Port.optional(),
        protocol: Protocol.optional().describe('of the port; tcp when absent'),
      }),
    },
    responses: { 200: json('Explanation', Explanation), ...BAD_INPUT, ...NOT_FOUND },
  },
  whitelist: {
    method: 'get',
    path: '/api/whitelist',
    summary: 'Whitelist entries in every state',
    responses: { 200: json('Entries', z.array(WhitelistJson)) },
  },
  approvals: {
    method: 'get',
    path: '/api/approvals',
    summary: 'Approvals with their plans, newest first',
    responses: { 200: json('Approvals', z.array(ApprovalJson)) },
  },
  approval: {
    method: 'get',
    path: '/api/approvals/{id}',
    summary: 'One approval with its plan',
    request: { params: IdParam },
    responses: { 200: json('Approval', ApprovalJson), ...BAD_INPUT, ...NOT_FOUND },
  },
  plans: {
    method: 'get',
    path: '/api/plans',
    summary: 'Plans, newest first',
    responses: { 200: json('Plans', z.array(Plan)) },
  },
  plan: {
    method: 'get',
    path: '/api/plans/{id}',
    summary: 'One plan',
    request: { params: IdParam },
    responses: { 200: json('Plan', Plan), ...BAD_INPUT, ...NOT_FOUND },
  },
});
