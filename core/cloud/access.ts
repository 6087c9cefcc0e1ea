/** How one account is reached. Without any role it is the account of Portcullis's own credentials, which then read and change. */
export interface AccountAccess {
  /** 12 digits on AWS. */
  readonly account: string;
  readonly regions: readonly string[];
  /** Assumed to describe. */
  readonly readRole: string | null;
  /** Assumed to change rules, by the remediator only; null beside a readRole: changes are refused in this account. */
  readonly writeRole: string | null;
  /** Handed over with both, against the confused deputy. */
  readonly externalId: string | null;
}
