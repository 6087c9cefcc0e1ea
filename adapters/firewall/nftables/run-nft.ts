import { execFile } from 'node:child_process';

/** Longest that one nft call may take. */
const TIMEOUT_MS = 10_000;

/** 64 MiB: every port of an address listed as JSON is about 6 MiB. */
const MAX_OUTPUT = 67_108_864;

/** nft could not be run, or it said no. */
export class NftFailed extends Error {
  /** `absent`: no such program. `denied`: no permission. `failed`: anything else; the message says what. */
  readonly kind: 'absent' | 'denied' | 'failed';

  constructor(kind: NftFailed['kind'], message: string) {
    super(message);
    this.name = 'NftFailed';
    this.kind = kind;
  }
}

/**
 * Runs nft with arguments as they are (no shell); resolves to its standard output. JSON goes in as an argument, not by `-f -`: nft then
 * opens /dev/stdin, and the socket that Node makes of a child's stdin cannot be opened. One argument holds 128 KiB, about 1,000 steps.
 * @throws NftFailed
 */
export function runNft(command: readonly string[], args: readonly string[]): Promise<string> {
  const [program = 'nft', ...prefix] = command;
  const env = { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? '/usr/bin:/bin'}:/usr/sbin:/sbin` };
  return new Promise((resolve, reject) => {
    const options = { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: MAX_OUTPUT, env } as const;
    execFile(program, [...prefix, ...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(failureOf(error, stderr));
    });
  });
}

function failureOf(error: Error & { code?: string | number | null; killed?: boolean }, stderr: string): NftFailed {
  if (error.code === 'ENOENT') return new NftFailed('absent', 'the program nft was not found');
  if (error.killed === true) return new NftFailed('failed', `nft was stopped after ${TIMEOUT_MS / 1_000} s`);
  const said = stderr.trim().replaceAll(/\s*\n\s*/g, ' ') || error.message;
  return new NftFailed(/not permitted|must be root/i.test(said) ? 'denied' : 'failed', `nft: ${said}`);
}
