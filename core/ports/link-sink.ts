import type { Severity } from '../findings/finding.ts';

/** What one approver is sent of one alert. The text carries links: it goes to that approver's mailbox and nowhere else, and is never logged. */
export interface LinkMail {
  readonly approver: string;
  readonly severity: Severity;
  readonly subject: string;
  readonly text: string;
}

/** Where links go out. Resolves once the mail was taken. */
export interface LinkSink {
  send(mail: LinkMail): Promise<void>;
}
