import { PortcullisError } from '../../../core/errors.ts';
import type { Key } from './keys.ts';

/** The table could not be read or written. The SDK's error is the cause. */
export class StoreFailure extends PortcullisError {
  readonly code = 'STORE_FAILURE';

  constructor(doing: string, cause: unknown) {
    super(`Could not ${doing}.`, { cause });
  }
}

/** An item of the table is not what its schema says. It is never skipped and never taken for missing. The cause says what is wrong with it. */
export class CorruptItem extends PortcullisError {
  readonly code = 'CORRUPT_ITEM';

  constructor(key: Key, cause: unknown) {
    super(`The stored item pk=${key.pk} sk=${key.sk} cannot be read.`, { cause });
  }
}

export function isConditionFailure(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'ConditionalCheckFailedException';
}
