/** Where sweeps get leave to send: one token a probe. Times in milliseconds of a monotonic clock. */
export interface TokenSource {
  /** Tokens to hand out now; may be a fraction, or below zero. */
  available(now: number): number;
  take(): void;
  /** Tokens a second, where it is known. */
  readonly rate?: number;
}

/** Tokens that refill with time: at most `rate` a second, at most `burst` saved up. Times in milliseconds of a monotonic clock. */
export class TokenBucket implements TokenSource {
  readonly rate: number;
  readonly burst: number;
  #perMs: number;
  #tokens: number;
  #at: number;

  constructor(rate: number, now: number, burst: number = burstOf(rate)) {
    this.rate = rate;
    this.#perMs = rate / 1_000;
    this.burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  available(now: number): number {
    if (now > this.#at) {
      this.#tokens = Math.min(this.burst, this.#tokens + (now - this.#at) * this.#perMs);
      this.#at = now;
    }
    return this.#tokens;
  }

  take(): void {
    this.#tokens -= 1;
  }
}

/** 50 ms worth of tokens: a late 10 ms tick catches up, a long stall does not end in a flood. */
export function burstOf(rate: number): number {
  return Math.max(1, rate / 20);
}

/** Part of the saved tokens that only urgent work may use. */
const RESERVE = 0.2;

/**
 * One rate for three kinds of work: together they stay below it, and each leaves the last tokens to those before it, which so never
 * wait behind it.
 */
export function sharedRate(
  rate: number,
  now: number,
): { urgent: TokenSource; bulk: TokenSource; backstop: TokenSource } {
  const reserve = Math.max(1, burstOf(rate) * RESERVE);
  const urgent = new TokenBucket(rate, now, burstOf(rate) + reserve);
  // At the lowest rates one token is all there is: then back-stops have what sweeps have.
  const spare = Math.min(reserve, burstOf(rate) - 1);
  const leaving = (tokens: number): TokenSource => ({
    rate,
    available: (at) => urgent.available(at) - tokens,
    take: () => urgent.take(),
  });
  return { urgent, bulk: leaving(reserve), backstop: leaving(reserve + spare) };
}

/** Probes a second while nothing is known about the way to the targets. */
const START_RATE = 500;
/** Probes that may be sent before the first answer, as nmap -T4's first window. */
const FIRST_BURST = 32;
/** Recovery after a slow-down, as a part of the configured rate a second. */
const RECOVERY = 0.05;

export interface PacerOptions {
  /** Tokens that other sweeps take from too. */
  readonly shared?: TokenSource | null;
  /** The pace a sweep before this one reached. */
  readonly startRate?: number;
  /** Keeps to the configured rate, when several pacers share it. Default: a bucket of its own. */
  readonly cap?: TokenSource;
  /** The part (0-1] this pacer has of the caution that pacers of one `cap` take together: of the first pace, the first burst, the recovery. Default 1. */
  readonly part?: number;
}

/**
 * When the next probe may leave. Never above the configured rate; below it, a slow start: the pace doubles each second, and
 * every answer frees two more probes at once, so that a host that answers is scanned at full rate after a few round trips.
 * After the first `slowDown` (loss, lag, no free sockets) the pace climbs by 5 % of the configured rate a second.
 */
export class Pacer {
  readonly rate: number;
  readonly #part: number;
  readonly #cap: TokenSource;
  readonly #shared: TokenSource | null;
  #pace: number;
  #starting = true;
  #credit: number;
  #at: number;
  #windowAt: number;
  #launched = 0;
  #answered = 0;

  constructor(rate: number, now: number, options: PacerOptions = {}) {
    this.rate = rate;
    this.#part = options.part ?? 1;
    this.#cap = options.cap ?? new TokenBucket(rate, now);
    this.#shared = options.shared ?? null;
    this.#pace = Math.min(rate, Math.max(START_RATE * this.#part, options.startRate ?? 0));
    this.#credit = Math.min(burstOf(rate), Math.ceil(FIRST_BURST * this.#part));
    this.#at = now;
    this.#windowAt = now;
  }

  /** Probes a second allowed by time alone; answers may free more while starting. */
  get pace(): number {
    return this.#pace;
  }

  mayLaunch(now: number): boolean {
    if (now > this.#at) {
      this.#credit = Math.min(this.#creditLimit(), this.#credit + ((now - this.#at) * this.#pace) / 1_000);
      this.#at = now;
    }
    if (this.#credit < 1 || this.#cap.available(now) < 1) return false;
    return this.#shared === null || this.#shared.available(now) >= 1;
  }

  launched(): void {
    this.#credit -= 1;
    this.#launched += 1;
    this.#cap.take();
    this.#shared?.take();
  }

  answered(): void {
    this.#answered += 1;
    if (this.#starting) this.#credit = Math.min(this.#creditLimit(), this.#credit + 2);
  }

  /** Call about every 10 ms: adopts the rate that was sent and answered, and lets the pace climb. */
  tick(now: number): void {
    const seconds = (now - this.#windowAt) / 1_000;
    if (seconds <= 0) return;
    if (this.#starting) {
      const proven = this.#answered >= this.#launched * 0.9 ? this.#launched / seconds : 0;
      this.#pace = Math.max(this.#pace * 2 ** seconds, proven);
    } else {
      this.#pace += this.rate * RECOVERY * this.#part * seconds;
    }
    if (this.#pace >= this.rate) {
      this.#pace = this.rate;
      this.#starting = false;
    }
    this.#windowAt = now;
    this.#launched = 0;
    this.#answered = 0;
  }

  /** The way to the targets is fine but we are late: multiplies the pace (0 < factor < 1), answers still free more. */
  ease(factor: number): void {
    this.#pace = Math.max(1, this.#pace * factor);
  }

  /** Something was lost: multiplies the pace (0 < factor < 1) and ends the slow start. Never below one probe a second. */
  slowDown(factor: number): void {
    this.ease(factor);
    this.#starting = false;
    this.#credit = Math.min(this.#credit, burstOf(this.#pace));
  }

  #creditLimit(): number {
    return this.#starting ? Math.max(burstOf(this.rate), 1) : burstOf(this.#pace);
  }
}
