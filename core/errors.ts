/** Base of every error Portcullis raises on purpose. `code` is stable, for scripts; the message is for people. */
export abstract class PortcullisError extends Error {
  abstract readonly code: string;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** What somebody wrote cannot be used. The message names the value and what is allowed; the command line exits with 2. */
export class BadInput extends PortcullisError {
  readonly code = 'BAD_INPUT';
}

/** An object that was asked for by id does not exist. */
export class NotFound extends PortcullisError {
  readonly code = 'NOT_FOUND';

  constructor(what: string, id: string) {
    super(`There is no ${what} ${id}.`);
  }
}

/** Somebody else changed the item between our read and our write: read again and decide again. */
export class VersionConflict extends PortcullisError {
  readonly code = 'VERSION_CONFLICT';
}

/** A message that can never be processed, however often it is retried. It goes to the dead-letter queue with this reason. */
export class Poison extends PortcullisError {
  readonly code = 'POISON';
}

/** A change that must not happen now. Nothing was changed; the reason is told to a person. */
export class Refused extends PortcullisError {
  readonly code = 'REFUSED';
}

/** A call was not permitted. The message names the action, the resource and the role, so that somebody can permit it. */
export class AccessDenied extends PortcullisError {
  readonly code = 'ACCESS_DENIED';
}

/** The text of anything that was thrown, with its causes, on one line and without a stack. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause === undefined ? '' : ` (${messageOf(thrown.cause)})`;
  return `${thrown.message || thrown.name}${cause}`.replaceAll(/\s*\n\s*/g, ' ');
}
