import { PortcullisError } from '../errors.ts';

/**
 * Why EC2 did not carry out a call about one rule:
 * - `duplicate`: a rule with this protocol, ports and source exists in the group (description and tags do not count)
 * - `not-found`: the group or the rule is gone
 * - `quota`: the group, or an interface it is on, cannot hold another rule
 * - `denied`: the role may not do this
 * - `throttled`: too many calls, even after every retry
 * - `unavailable`: EC2 failed or was out of reach, even after every retry; the call may have been carried out
 * - `other`: everything else
 */
export type RuleProblemCode = 'duplicate' | 'not-found' | 'quota' | 'denied' | 'throttled' | 'unavailable' | 'other';

/**
 * A call about one rule ended without success. None of the codes says what the rules are now: a repeated call that had succeeded before
 * ends as `duplicate` or `not-found`. Read the rules again, then decide.
 */
export class RuleProblem extends PortcullisError {
  readonly code: RuleProblemCode;

  constructor(code: RuleProblemCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
