import type { Breadth } from '../../../core/net/breadth.ts';
import type { World } from './world.ts';

/** Port of the machine `asked` that a case asks about. */
export interface Ask {
  readonly protocol: 'tcp' | 'udp';
  readonly port: number;
  /** Which of its addresses. */
  readonly family: 'v4' | 'v6';
  /** Which of its interfaces, 0 is the primary one. */
  readonly interface: number;
}

/**
 * The right answer, written down with the case and computed by nothing.
 * `open`: the internet at large, a /8 of public addresses or more, gets in. `partly`: it gets in with a part of its own ports.
 * `narrow`: only a smaller public range gets in. `shut`: no public address does.
 */
export interface Answer {
  readonly reach: 'open' | 'partly' | 'narrow' | 'shut';
  /** Width of who gets in; null where nobody public does. */
  readonly width: Breadth | null;
  /** One line: why this is so. */
  readonly because: string;
}

export interface Case {
  /** Unique, for people: `sources: two halves, tcp 22`. */
  readonly name: string;
  readonly world: World;
  readonly ask: Ask;
  readonly answer: Answer;
  /** Does an internet-facing load balancer lead to the port? null: there is no load balancer. */
  readonly throughFront: boolean | null;
  /** false: moto cannot hold such an account, so only the evaluator's unit test asks it. */
  readonly emulated: boolean;
}

export const open = (because: string, width: Breadth = 'internet'): Answer => ({ reach: 'open', width, because });
export const partly = (because: string): Answer => ({ reach: 'partly', width: 'internet', because });
export const narrow = (because: string, width: 'range' | 'single'): Answer => ({ reach: 'narrow', width, because });
export const shut = (because: string): Answer => ({ reach: 'shut', width: null, because });

/** Does the internet at large get in? The question that every tool is asked. */
export const isReachable = ({ answer }: Case): boolean => answer.reach === 'open' || answer.reach === 'partly';
