import { ScanImportReport } from '../../core/stages/scanned-address.ts';
import { TaskRun } from '../../core/planning/task-run.ts';
import { Plan } from '../../core/remediation/plan.ts';
import {
  By,
  DecisionJson,
  ImportReport,
  ImportScanRequest,
  ImportRequest,
  ProposalJson,
  ProposeRequest,
  ResumedJson,
  ResumeRequest,
  ScanRequest,
  type WhitelistAction,
  WhitelistJson,
  WhitelistRequest,
} from '../shapes.ts';
import { body, CALLER, CHANGE, describeRoutes, IdParam, json, NOT_FOUND, optionalBody } from './describe.ts';

/** Everything under /api that changes something, but the hand-out of links. */
export const ACTIONS = describeRoutes({
  scan: {
    method: 'post',
    path: '/api/scans',
    summary: 'Scan now',
    security: CALLER,
    request: { body: body(ScanRequest) },
    responses: { 202: json('The run', TaskRun), ...CHANGE },
  },
  stopScan: {
    method: 'post',
    path: '/api/scans/{id}/stop',
    summary: 'End a scan: what is left of it is not scanned',
    security: CALLER,
    request: { params: IdParam, body: optionalBody(By) },
    responses: { 200: json('The run', TaskRun), ...CHANGE, ...NOT_FOUND },
  },
  requestWhitelist: {
    method: 'post',
    path: '/api/whitelist',
    summary: 'Ask for an exception',
    security: CALLER,
    request: { body: body(WhitelistRequest) },
    responses: { 201: json('The entry, requested', WhitelistJson), ...CHANGE },
  },
  approveWhitelist: onWhitelist('approve', 'Approve'),
  rejectWhitelist: onWhitelist('reject', 'Reject'),
  removeWhitelist: onWhitelist('remove', 'Remove'),
  approve: decision('approve'),
  deny: decision('deny'),
  propose: {
    method: 'post',
    path: '/api/findings/{id}/plan',
    summary: 'The plan and pending approval of a finding, made now if there is none',
    security: CALLER,
    request: { params: IdParam, body: optionalBody(ProposeRequest) },
    responses: { 200: json('Plan and approval', ProposalJson), ...CHANGE, ...NOT_FOUND },
  },
  rollback: {
    method: 'post',
    path: '/api/plans/{id}/rollback',
    summary: 'Put the closed port back',
    security: CALLER,
    request: { params: IdParam, body: optionalBody(By) },
    responses: { 202: json('The plan', Plan), ...CHANGE, ...NOT_FOUND },
  },
  resume: {
    method: 'post',
    path: '/api/changes/resume',
    summary: 'Let changes in an account be made again after two of them did harm',
    security: CALLER,
    request: { body: body(ResumeRequest) },
    responses: { 200: json('The account', ResumedJson), ...CHANGE, ...NOT_FOUND },
  },
  import: {
    method: 'post',
    path: '/api/import',
    summary: 'Take in lines of `address:port,port`',
    security: CALLER,
    request: { body: body(ImportRequest) },
    responses: { 200: json('What was taken in', ImportReport), ...CHANGE },
  },
  importScan: {
    method: 'post',
    path: '/api/import/scan',
    summary: 'Take in what another scanner saw',
    security: CALLER,
    request: { body: body(ImportScanRequest) },
    responses: { 200: json('What was taken in, and what was refused', ScanImportReport), ...CHANGE },
  },
});

function onWhitelist(action: WhitelistAction, verb: string) {
  return {
    method: 'post',
    path: `/api/whitelist/{id}/${action}`,
    summary: `${verb} a whitelist entry`,
    security: CALLER,
    request: { params: IdParam, body: optionalBody(By) },
    responses: { 200: json('The entry', WhitelistJson), ...CHANGE, ...NOT_FOUND },
  } as const;
}

function decision(verb: 'approve' | 'deny') {
  return {
    method: 'post',
    path: `/api/approvals/{id}/${verb}`,
    summary: `Decide once: ${verb}. A second decision is told the first one`,
    security: CALLER,
    request: { params: IdParam, body: optionalBody(By) },
    responses: { 200: json('The decision', DecisionJson), ...CHANGE, ...NOT_FOUND },
  } as const;
}
