import { describe, expect, it } from 'vitest';
import type { EngineChoice } from '../../../fargate-scanner/engines/choose-engine.ts';
import type { Engine } from '../../../fargate-scanner/engines/engine.ts';
import { hostEngines } from '../../../fargate-scanner/engines/engines.ts';

const TESTED: Engine = {
  name: 'syn',
  async *scan() {
    yield { kind: 'done', complete: true, probes: 0 };
  },
};

/** The engines of a machine where the self-test ends like this, and how often it ran. */
function engines(choice: EngineChoice) {
  let tests = 0;
  const made = hostEngines(async () => {
    tests += 1;
    return choice;
  });
  return { ...made, tests: () => tests };
}

describe('the engines of a machine', () => {
  it('have one self-test, which is for owners and small shards, and only when somebody asks', async () => {
    const { owners, small, tests } = engines({ name: 'syn', engine: TESTED, whyNotBetter: null, advice: null });
    expect(tests()).toBe(0);
    const [owner, other] = await Promise.all([owners.syn(), small.syn()]);
    expect([owner.engine?.name, other.engine?.name]).toEqual(['syn', 'syn']);
    await owners.syn();
    await small.syn();
    expect(tests()).toBe(1);
  });

  it('are others for owners than for small shards: jobs of one engine share the rate to an address', async () => {
    const { owners, small } = engines({ name: 'syn', engine: TESTED, whyNotBetter: null, advice: null });
    for (const name of ['syn', 'udp'] as const) {
      const [owner, other] = await Promise.all([owners[name](), small[name]()]);
      expect(owner.engine).not.toBe(other.engine);
      expect((await owners[name]()).engine).toBe(owner.engine);
      expect((await small[name]()).engine).toBe(other.engine);
    }
  });

  it('say the same when the self-test fails', async () => {
    const [whyNotBetter, advice] = ['CAP_NET_RAW is missing', 'start it as root'];
    const { owners, small, tests } = engines({ name: 'connect', engine: null, whyNotBetter, advice });
    const refusal = { engine: null, why: whyNotBetter, advice };
    expect([await owners.syn(), await small.syn(), await owners.syn()]).toEqual([refusal, refusal, refusal]);
    expect(tests()).toBe(1);
  });
});
