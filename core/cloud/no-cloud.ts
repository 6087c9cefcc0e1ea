import { Refused } from '../errors.ts';
import type { CloudReader } from '../ports/cloud.ts';
import type { Place } from './network.ts';

const nothing = ({ account, region }: Place) =>
  Promise.reject(new Refused(`No account is configured: ${account} in ${region} is not read.`));

/** Where no account is watched. */
export const NO_CLOUD: CloudReader = { places: [], readAll: nothing, readAround: nothing };
