import type { Place } from '../../../core/cloud/network.ts';
import { AccessDenied, PortcullisError } from '../../../core/errors.ts';
import { errorCode, isDenied, isNotSpoken, isUnknownCredentials, NotSpoken } from '../aws-errors.ts';
import type { CloudClients } from '../roles.ts';

/** A call as people and IAM policies name it: `ec2:DescribeNetworkAcls` on `network access lists`. */
export interface Call {
  readonly action: string;
  readonly resource: string;
}

export interface ReadingOptions {
  readonly place: Place;
  readonly clients: CloudClients;
  readonly pageSize: number;
}

/** One read of a place: makes its calls and remembers which were refused. */
export class Reading {
  readonly place: Place;
  readonly clients: CloudClients;
  readonly #pageSize: number;
  readonly #unread = new Set<string>();

  constructor(options: ReadingOptions) {
    this.place = options.place;
    this.clients = options.clients;
    this.#pageSize = options.pageSize;
  }

  /** Items a page, for a call that takes at most `most`. */
  pageSize(most: number): number {
    return Math.min(this.#pageSize, most);
  }

  /** Sentences about the calls that were refused. */
  get unread(): readonly string[] {
    return [...this.#unread].sort();
  }

  /**
   * Without this answer nothing can be told.
   * @throws AccessDenied when the call is refused; Error naming the call and the place for anything else, which is worth a retry
   */
  async must<T>(call: Call, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      throw this.#translate(call, error);
    }
  }

  /** Without this answer something stays unknown. Nothing when the call is refused, with a sentence in `unread`, or does not exist here. */
  may<T>(call: Call, ask: () => Promise<T[]>): Promise<T[]> {
    return this.orElse(call, [], ask);
  }

  /** As `may`, with what stands for "not known". */
  async orElse<T>(call: Call, missing: T, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (isNotSpoken(error)) return missing;
      // A role that cannot be assumed refuses everything: that is no single call.
      if (error instanceof PortcullisError || !isDenied(error)) throw this.#translate(call, error);
      this.#unread.add(this.#refusal(call, error));
      return missing;
    }
  }

  #translate(call: Call, error: unknown): Error {
    if (error instanceof PortcullisError || error instanceof NotSpoken) return error;
    if (isDenied(error)) return new AccessDenied(this.#refusal(call, error), { cause: error });
    const { account, region } = this.place;
    const where = `account ${account} in ${region}`;
    if (isUnknownCredentials(error)) {
      return new AccessDenied(
        `${where} does not know the credentials of ${this.clients.identity} (${errorCode(error)}): is the Region enabled for the account, and is the role still there?`,
        { cause: error },
      );
    }
    const hint = errorCode(error) === 'ENOTFOUND' ? ` Is there a Region ${region}?` : '';
    return new Error(`${call.action} failed in ${where}.${hint}`, { cause: error });
  }

  #refusal({ action, resource }: Call, error: unknown): string {
    const { account, region } = this.place;
    return `${action} on ${resource} of account ${account} in ${region} was refused to ${this.clients.identity} (${errorCode(error)}).`;
  }
}
