/** Prints which engine would be chosen here, why not a better one and what to do about it, as JSON. */
import { chooseEngine } from '../../../fargate-scanner/engines/choose-engine.ts';
import { synEngine } from '../../../fargate-scanner/engines/syn/syn-engine.ts';

const { name, whyNotBetter, advice } = await chooseEngine(synEngine());
console.log(JSON.stringify({ name, whyNotBetter, advice }));
