import * as fc from 'fast-check';

// In CI the same commit gets the same verdict. Elsewhere every run tries random cases of its own.
if (process.env['CI'] === 'true') fc.configureGlobal({ seed: 20_261_121 });
