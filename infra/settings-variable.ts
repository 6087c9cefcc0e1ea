import type { Settings } from '../core/config/settings.ts';
import { BadInput } from '../core/errors.ts';
import { packSettings } from '../lambdas/environment.ts';

/** Lambda takes 4 KB of variables in all; this leaves a quarter for the names of queues and the table. */
const MAX_BYTES = 3_072;

/**
 * The configuration as the functions read it (`SETTINGS` of lambdas/environment.ts).
 * @throws BadInput when it cannot work there
 */
export function settingsVariable(settings: Settings): string {
  const file = settings.targets.find((target) => target.startsWith('@'));
  if (file !== undefined) {
    throw new BadInput(
      `targets: "${file}" is a file of this machine, which functions do not have: write its addresses or networks.`,
    );
  }
  const text = packSettings(settings, MAX_BYTES);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_BYTES) {
    throw new BadInput(
      `The configuration has ${bytes} bytes even when it is packed: at most ${MAX_BYTES} fit into the variables of a function. Write networks or ranges in place of single addresses, or deploy Portcullis twice with half of the accounts each.`,
    );
  }
  return text;
}
