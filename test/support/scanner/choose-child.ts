/** Prints which engine would be chosen here and why not a better one, as JSON. */
import { chooseEngine } from '../../../fargate-scanner/engines/choose-engine.ts';
import { synEngine } from '../../../fargate-scanner/engines/syn/syn-engine.ts';

const { name, whyNotBetter } = await chooseEngine(synEngine());
console.log(JSON.stringify({ name, whyNotBetter }));
