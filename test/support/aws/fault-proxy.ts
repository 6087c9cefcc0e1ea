import { setTimeout as sleep } from 'node:timers/promises';
import { inPages } from './in-pages.ts';
import { ec2Error, startWireProxy, type Intercept, type WireAnswer, type WireCall } from './wire-proxy.ts';

/** Calls that change ingress rules. */
export const WRITES = [
  'AuthorizeSecurityGroupIngress',
  'ModifySecurityGroupRules',
  'RevokeSecurityGroupIngress',
] as const;
const READ_RULES = 'DescribeSecurityGroupRules';
const DELAY_MS = 10;

/**
 * What happens to a call:
 * - `lost-answer`: carried out, then the connection breaks. `broken`: it breaks before. `late`: it breaks, and the call is carried out after the next one
 * - `repeated`: carried out twice, the second answer is given. `delayed`: answered a little later
 * - `throttled`, `error-before`: not carried out. `refused`: as if the permission had been withdrawn; `forbidden`: it is refused when it is rehearsed too
 * - `error-after`: carried out, and answered with InternalError
 * - `stale`: carried out, and the next reads of rules show what was before. `lost-and-stale`: the connection breaks as well
 */
export const FAULT_KINDS = [
  'lost-answer',
  'broken',
  'late',
  'repeated',
  'delayed',
  'throttled',
  'refused',
  'forbidden',
  'error-before',
  'error-after',
  'stale',
  'lost-and-stale',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface FaultRule {
  readonly fault: FaultKind | Intercept;
  /** Actions that count. */
  readonly actions: readonly string[];
  /** So many of them pass first. */
  readonly after: number;
  /** Then so many are hit; Infinity: from there on every one. */
  readonly times: number;
  /** Reads of rules that are stale after a call. */
  readonly staleReads?: number;
}

/** Stands between the SDK and moto on 127.0.0.1 and breaks what `rule` says. Without a rule it hands everything on. */
export class FaultProxy {
  readonly url: string;
  /** Calls that the rule has hit. */
  hits = 0;
  /** Runs after each call that changed something, before it is answered. */
  onWrite: () => Promise<void> = async () => undefined;
  #rule: FaultRule | null = null;
  #counted = 0;
  #paged: boolean = false;
  #pages: Intercept = inPages();
  #late: (() => Promise<unknown>)[] = [];
  #shown: WireAnswer | null = null;
  #staleReads = 0;
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async start(target: string): Promise<FaultProxy> {
    const box: { proxy?: FaultProxy } = {};
    const wire = await startWireProxy(target, (call, forward) => box.proxy!.#handle(call, forward));
    box.proxy = new FaultProxy(wire.url, () => wire.close());
    return box.proxy;
  }

  /** From now on; counts start again. `paged`: lists are cut into pages as AWS cuts them. */
  set(rule: FaultRule | null, { paged = false } = {}): void {
    this.#rule = rule;
    this.#paged = paged;
    this.#pages = inPages();
    [this.hits, this.#counted, this.#staleReads, this.#late] = [0, 0, 0, []];
  }

  close(): Promise<void> {
    return this.#close();
  }

  async #handle(call: WireCall, forward: () => Promise<WireAnswer>): Promise<WireAnswer> {
    const late = this.#late.splice(0);
    const carryOut = () => this.#carryOut(call, forward);
    const answer = await (this.#isHit(call) ? this.#hit(call, carryOut) : carryOut());
    for (const run of late) await run();
    return answer;
  }

  #isHit(call: WireCall): boolean {
    const rule = this.#rule;
    if (rule === null || !rule.actions.includes(call.action)) return false;
    if (isRehearsal(call) && rule.fault !== 'forbidden') return false;
    this.#counted += 1;
    if (this.#counted <= rule.after || this.hits >= rule.times) return false;
    this.hits += 1;
    return true;
  }

  async #carryOut(call: WireCall, forward: (params?: URLSearchParams) => Promise<WireAnswer>): Promise<WireAnswer> {
    if (call.action === READ_RULES && this.#staleReads > 0 && this.#shown !== null) {
      this.#staleReads -= 1;
      return this.#shown;
    }
    const answer = this.#paged ? await this.#pages(call, forward) : await forward();
    if (call.action === READ_RULES) this.#shown = answer;
    if (WRITES.some((action) => action === call.action) && !isRehearsal(call)) {
      this.#pages = inPages();
      await this.onWrite();
    }
    return answer;
  }

  async #hit(call: WireCall, carryOut: () => Promise<WireAnswer>): Promise<WireAnswer> {
    const { fault, staleReads = 0 } = this.#rule!;
    if (typeof fault === 'function') return fault(call, carryOut);
    switch (fault) {
      case 'lost-answer':
        await carryOut();
        throw new Error('the connection broke after the call');
      case 'broken':
        throw new Error('the connection broke before the call');
      case 'late':
        this.#late.push(carryOut);
        throw new Error('the connection broke before the call, which comes later');
      case 'repeated':
        await carryOut();
        return carryOut();
      case 'delayed':
        await sleep(DELAY_MS);
        return carryOut();
      case 'throttled':
        return ec2Error(503, 'RequestLimitExceeded', 'Request limit exceeded.');
      case 'refused':
      case 'forbidden':
        return ec2Error(403, 'UnauthorizedOperation', 'You are not authorized to perform this operation.');
      case 'error-before':
        return ec2Error(500, 'InternalError', 'An internal error has occurred');
      case 'error-after':
        await carryOut();
        return ec2Error(500, 'InternalError', 'An internal error has occurred');
      case 'stale':
      case 'lost-and-stale': {
        const answer = await carryOut();
        this.#staleReads = staleReads;
        if (fault === 'stale') return answer;
        throw new Error('the connection broke after the call');
      }
    }
  }
}

/** Asks for permission only. */
function isRehearsal({ params }: WireCall): boolean {
  return params.get('DryRun') === 'true';
}
