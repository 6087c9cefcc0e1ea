import { messageOf, Refused } from '../../../core/errors.ts';
import { compileNetwork } from '../../../core/exposure/effective/compile.ts';
import { evaluateExposure } from '../../../core/exposure/effective/evaluate.ts';
import { planClosure } from '../../../core/remediation/security-groups/plan-closure.ts';
import type { Ask, Case } from '../corpus/case.ts';
import type { Placed } from '../moto/materialise.ts';
import { type EmulatedCloud, PLACE, emulatedCloud } from './emulated-cloud.ts';
import { closureOf, differenceOf, isAtLarge } from './ours.ts';
import type { Box, Said, Tool } from './tool.ts';

/** Portcullis: its cloud reader, evaluator, planner and rule changer. A closure counts once a fresh read says so. */
export function portcullis(version: string): Tool {
  const withCloud = async <T>({ url }: Box, work: (cloud: EmulatedCloud) => Promise<T>): Promise<T> => {
    const cloud = emulatedCloud(url);
    try {
      return await work(cloud);
    } finally {
      cloud.destroy();
    }
  };
  return {
    name: 'Portcullis',
    version,
    asks: () => true,
    reachable: (placed, box) =>
      withCloud(box, async ({ reader }) => {
        const network = compileNetwork(await reader.readAll(PLACE));
        return new Map(
          placed.map((each): [Placed, Said] => {
            const exposure = evaluateExposure(network, questionOf(each));
            return [
              each,
              { reachable: isAtLarge(exposure), difference: differenceOf(withoutFront(each.case), exposure) },
            ];
          }),
        );
      }),
    close: (placed, box) =>
      withCloud(box, async (cloud) => {
        const refused = new Map<Placed, string>();
        for (const each of placed) {
          const reason = await closeOne(cloud, each);
          if (reason !== null) refused.set(each, reason);
        }
        return refused;
      }),
  };
}

const questionOf = ({ address, case: { ask } }: Placed): { address: string } & Pick<Ask, 'protocol' | 'port'> => ({
  address,
  protocol: ask.protocol,
  port: ask.port,
});

/** moto gives load balancers no interfaces, so nobody can say there what leads through them; the unit test of the corpus asks that. */
const withoutFront = (asked: Case): Case => ({ ...asked, throughFront: null });

/** Null: closed, and read again. Otherwise why not. */
async function closeOne({ reader, changer }: EmulatedCloud, placed: Placed): Promise<string | null> {
  const network = await reader.readAround(PLACE, placed.address);
  const groups = network.groups.filter(({ id }) => placed.attached.includes(id));
  try {
    for (const step of planClosure(closureOf(network, groups, placed.case.ask)).steps) await changer.apply(PLACE, step);
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw new Error(`${placed.case.name}: ${messageOf(error)}`, { cause: error });
  }
  const after = evaluateExposure(await reader.readAround(PLACE, placed.address), questionOf(placed));
  return isAtLarge(after) ? `it is still reachable from ${after.sources}` : null;
}
