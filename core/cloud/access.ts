/** How one account is reached. Role ARNs are null for the account that Portcullis runs in itself. */
export interface AccountAccess {
  /** 12 digits on AWS. */
  readonly account: string;
  readonly regions: readonly string[];
  /** Assumed to describe. */
  readonly readRole: string | null;
  /** Assumed to change rules, by the remediator only; null: changes are refused in this account. */
  readonly writeRole: string | null;
  /** Handed over with both, against the confused deputy. */
  readonly externalId: string | null;
}
