/** Connects to ports 77 and 78 of addresses and judges the silence by /proc: `silence-child.ts ADDRESS ...` prints `{ address: { "state (reason)": ports } }`. */
import { connectEngine } from '../../../fargate-scanner/engines/connect/connect-engine.ts';
import { judgeSilence } from '../../../fargate-scanner/engines/silence/judge-silence.ts';
import { ProcView } from '../../../fargate-scanner/engines/silence/proc-view.ts';
import { aJob, runEngine } from './run-engine.ts';

const targets = Object.fromEntries(process.argv.slice(2).map((address) => [address, '77-78']));
const engine = judgeSilence(connectEngine(), () => new ProcView());
const { states } = await runEngine(engine, aJob(targets, { tries: 1, timeoutMs: 1_000 }));
console.log(JSON.stringify(states));
