import type { AuditRow } from '../../core/audit/audit-row.ts';

export function anAuditRow(over: Partial<AuditRow> = {}): AuditRow {
  return {
    id: 'audit-0000000000000001',
    at: '2026-03-01T09:00:00.000Z',
    actor: 'alice@example.com',
    action: 'approved',
    object: 'a-0000000000000001',
    findingId: 'f-0000000000000001',
    detail: 'by link',
    ...over,
  };
}
