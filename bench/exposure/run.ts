/**
 * Exposures of one large account, one after the other on one core: every question another interface, group set or port, every answer with its steps and
 * sentences. JSON on stdout, progress on stderr.
 *   node_modules/.bin/node bench/exposure/run.ts [--exposures 100000] [--interfaces 5000] [--groups 1000] [--rounds 5] [--seed 1]
 */
import { parseArgs } from 'node:util';
import { admittedPairs } from '../../core/exposure/effective/admitted.ts';
import { compileNetwork } from '../../core/exposure/effective/compile.ts';
import { evaluateExposure } from '../../core/exposure/effective/evaluate.ts';
import { load, machine } from '../support/machine.ts';
import { optionsOf, wholeNumber } from '../support/options.ts';
import { seededRandom } from '../support/random.ts';
import { atLeast, median, round } from '../support/stats.ts';
import { makeFleet, questionPort } from './network.ts';

const { shape, exposures, times } = optionsOf(() => {
  const { values } = parseArgs({
    options: {
      exposures: { type: 'string', default: '100000' },
      interfaces: { type: 'string', default: '5000' },
      groups: { type: 'string', default: '1000' },
      rounds: { type: 'string', default: '5' },
      seed: { type: 'string', default: '1' },
    },
  });
  return {
    shape: {
      interfaces: wholeNumber('--interfaces', values.interfaces),
      groups: wholeNumber('--groups', values.groups),
      seed: wholeNumber('--seed', values.seed, 0),
    },
    exposures: wholeNumber('--exposures', values.exposures),
    times: wholeNumber('--rounds', values.rounds),
  };
});
const loadBefore = load();
const { network, addresses, rules } = makeFleet(shape);
const random = seededRandom(shape.seed);
const questions = Array.from({ length: exposures }, (_, i) => ({
  index: i % addresses.length,
  address: addresses[i % addresses.length] as string,
  protocol: random() < 0.8 ? ('tcp' as const) : ('udp' as const),
  port: questionPort(random),
}));
const rulesOfAll = questions.reduce((sum, { index }) => sum + (rules[index] ?? 0), 0);

const rounds = [];
let answers: Record<string, number> = {};
for (let i = 0; i < times; i += 1) {
  answers = { yes: 0, partly: 0, no: 0, unknown: 0 };
  const startedAt = performance.now();
  // Nothing of one round is left for the next.
  const compiled = compileNetwork(network);
  for (const question of questions) {
    const { reachable } = evaluateExposure(compiled, question);
    answers[reachable] = (answers[reachable] ?? 0) + 1;
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  rounds.push({ seconds, rulesPerSecond: rulesOfAll / seconds, exposuresPerSecond: questions.length / seconds });
  process.stderr.write(`round ${i + 1}: ${round(seconds)} s, ${Math.round(rulesOfAll / seconds)} rules/s\n`);
}

const pairsStartedAt = performance.now();
const pairs = admittedPairs(network);
const pairsSeconds = (performance.now() - pairsStartedAt) / 1_000;

const rulesPerSecond = Math.round(median(rounds.map((each) => each.rulesPerSecond)));
const targets = [atLeast('rule evaluations a second on one core', rulesPerSecond, 200_000, '1/s')];
console.log(
  JSON.stringify(
    {
      bench: 'exposure',
      machine: machine(),
      loadBefore,
      shape,
      exposures: questions.length,
      rulesOfAllExposures: rulesOfAll,
      rulesPerExposure: round(rulesOfAll / questions.length, 1),
      answers,
      medianSeconds: round(median(rounds.map(({ seconds }) => seconds))),
      seconds: rounds.map(({ seconds }) => round(seconds)),
      exposuresPerSecond: Math.round(median(rounds.map((each) => each.exposuresPerSecond))),
      rulesPerSecond,
      everyPortOfTheAccount: { addresses: addresses.length, pairs: pairs.length, seconds: round(pairsSeconds) },
      targets,
    },
    null,
    2,
  ),
);
process.exitCode = targets.every(({ pass }) => pass) ? 0 : 1;
