import { AccessDenied } from '../../core/errors.ts';

/** Codes of EC2, ELB and STS for "this identity may not do this". */
const DENIED = new Set([
  'UnauthorizedOperation',
  'Client.UnauthorizedOperation',
  'AccessDenied',
  'AccessDeniedException',
]);

/** Credentials that the service does not know: keys that are wrong, or a Region that is not enabled for the account. */
const UNKNOWN_CREDENTIALS = new Set([
  'AuthFailure',
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'OptInRequired',
]);

const THROTTLED = new Set([
  'RequestLimitExceeded',
  'Throttling',
  'ThrottlingException',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'SlowDown',
  'EC2ThrottledException',
  'BandwidthLimitExceeded',
]);

/** Codes that say "there is no such call here", from Regions, partitions and emulators that lack it. */
const NOT_SPOKEN = new Set(['InvalidAction', 'UnsupportedOperation', 'NotImplemented', 'UnknownOperationException']);

/** Code of an AWS error (`UnauthorizedOperation`) or of a socket error (`ENOTFOUND`); the name of any other. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const socketCode: unknown = 'code' in error ? error.code : undefined;
  return typeof socketCode === 'string' ? socketCode : error.name;
}

export const isDenied = (error: unknown): boolean => error instanceof AccessDenied || DENIED.has(errorCode(error));
export const isThrottled = (error: unknown): boolean => THROTTLED.has(errorCode(error));

/** Names of errors and codes of sockets for "no answer came". */
const NO_ANSWER = new Set([
  'TimeoutError',
  'AbortError',
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);

/** The service failed, or its answer did not come: it, or the one error that this one has as its cause, may be gone with the next try. */
export function isUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (NO_ANSWER.has(errorCode(error))) return true;
  if ('$fault' in error && error.$fault === 'server') return true;
  return error.cause !== undefined && isUnavailable(error.cause);
}

export const isUnknownCredentials = (error: unknown): boolean => UNKNOWN_CREDENTIALS.has(errorCode(error));

/** The service does not have this call, or not this filter of it; asking again is no use. */
export class NotSpoken extends Error {
  override readonly name = 'NotSpoken';
}

export const isNotSpoken = (error: unknown): boolean => error instanceof NotSpoken || NOT_SPOKEN.has(errorCode(error));

/** ELB's codes for what existed when it was listed. */
const GONE = /^(LoadBalancer|Listener|TargetGroup)NotFound(Exception)?$/;

export const isGone = (error: unknown): boolean => GONE.test(errorCode(error));
