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
export const isUnknownCredentials = (error: unknown): boolean => UNKNOWN_CREDENTIALS.has(errorCode(error));

/** The service does not have this call, or not this filter of it; asking again is no use. */
export class NotSpoken extends Error {
  override readonly name = 'NotSpoken';
}

export const isNotSpoken = (error: unknown): boolean => error instanceof NotSpoken || NOT_SPOKEN.has(errorCode(error));

/** ELB's codes for what existed when it was listed. */
const GONE = /^(LoadBalancer|Listener|TargetGroup)NotFound(Exception)?$/;

export const isGone = (error: unknown): boolean => GONE.test(errorCode(error));
