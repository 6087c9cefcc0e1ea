/** What people type to do what the page speaks of. */
export interface Hints {
  readonly show: string;
  readonly deny: string;
  readonly approve: (approvalId: string) => string;
  readonly plan: string;
  readonly scan: string;
}

/** Where the command line reaches the same data. */
export const COMMANDS: Hints = {
  show: 'portcullis approvals show ID',
  deny: 'portcullis approvals deny ID',
  approve: (approvalId) => `portcullis approvals approve ${approvalId}`,
  plan: 'portcullis plan FINDING',
  scan: 'portcullis scan TARGETS',
};

/** Where there is the API alone. */
export const REQUESTS: Hints = {
  show: 'GET /api/approvals/ID',
  deny: 'POST /api/approvals/ID/deny',
  approve: (approvalId) => `POST /api/approvals/${approvalId}/approve`,
  plan: 'POST /api/findings/ID/plan',
  scan: 'POST /api/scans',
};
