import type { Finding } from '../findings/finding.ts';
import type { AttributionStore } from '../ports/attribution-store.ts';
import type { Approval } from './approval.ts';
import { type DeciderPolicy, whyNotDecide } from './deciders.ts';
import { readOpener, whyOpenerMayNot } from './opener-rule.ts';

/**
 * Why what was approved must not be made because of who approved it, one sentence, or null: they are not on the list any more, or it is
 * known by now that they opened the port. What a policy approved has no such person. @throws when the attributions cannot be read
 */
export async function reasonInDecider(
  { deciders, attributions }: { deciders: DeciderPolicy; attributions: Pick<AttributionStore, 'get'> },
  { decidedBy, decidedAs }: Pick<Approval, 'decidedBy' | 'decidedAs'>,
  finding: Finding,
): Promise<string | null> {
  if (decidedAs?.how === 'policy' || decidedBy === null) return null;
  const as = decidedAs ?? { name: decidedBy, subject: null, email: null };
  const barred = whyNotDecide(deciders, as.name, finding.address);
  if (barred !== null) return `It was approved by ${decidedBy}: ${barred}`;
  const opener = await readOpener(attributions, finding);
  const opened = whyOpenerMayNot(deciders, opener, as);
  return opened === null ? null : `It was approved by ${decidedBy}: ${opened}`;
}
