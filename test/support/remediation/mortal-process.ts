import type { RuleChanger } from '../../../core/ports/cloud.ts';
import type { FaultProxy, FaultRule } from '../aws/fault-proxy.ts';
import type { CloudProcess } from './lab-world.ts';

export interface MortalProcess extends Pick<CloudProcess, 'reader' | 'changer'> {
  /** Resolves when it is dead and its last call is over. */
  readonly killed: Promise<void>;
}

/** Dies at the call that `rule` is about, before or after it is carried out: nothing of it is heard any more, as after kill -9. */
export function mortalProcess(
  cloud: CloudProcess,
  proxy: FaultProxy,
  rule: FaultRule,
  carriedOut: boolean,
): MortalProcess {
  const { reader, changer } = cloud;
  let dead = false;
  let bury: () => void = () => undefined;
  const killed = new Promise<void>((resolve) => {
    bury = resolve;
  });
  proxy.set({
    ...rule,
    times: Infinity,
    fault: async (_, forward) => {
      const first = !dead;
      dead = true;
      if (first && carriedOut) await forward();
      throw new Error('killed');
    },
  });
  const apply: RuleChanger['apply'] = async (...args) => {
    try {
      await changer.apply(...args);
    } catch (error) {
      if (!dead) throw error;
      bury();
      await new Promise(() => undefined);
    }
  };
  const mortal: RuleChanger = {
    actingFor: () => mortal,
    apply,
    rehearse: (...args) => changer.rehearse(...args),
    readRules: (...args) => changer.readRules(...args),
  };
  return { reader, killed, changer: mortal };
}
