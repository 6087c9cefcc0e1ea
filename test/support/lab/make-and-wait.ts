/** Makes a lab, prints the names of its namespaces as JSON, and does nothing until it is ended. */
import { makeLab } from './lab.ts';

const { scanner, target } = await makeLab();
console.log(JSON.stringify([scanner, target]));
setInterval(() => undefined, 60_000);
