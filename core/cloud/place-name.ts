import { LOCAL_ACCOUNT } from '../config/settings.ts';
import type { Place } from './network.ts';

/** `210987654321/eu-west-1`; null for what belongs to no cloud: this host, and targets that a person named. */
export function placeName({ account, region }: Place): string | null {
  return account === LOCAL_ACCOUNT.account ? null : `${account}/${region}`;
}
