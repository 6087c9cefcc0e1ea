import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chooseEngine, type EngineChoice } from '../../../fargate-scanner/engines/choose-engine.ts';
import { connectEngine } from '../../../fargate-scanner/engines/connect/connect-engine.ts';
import type { Engine, EngineEvent } from '../../../fargate-scanner/engines/engine.ts';
import { describeWith } from '../../support/need.ts';

const saying = (...events: EngineEvent[]): Engine => ({
  name: 'syn',
  async *scan() {
    yield* events;
  },
});
const done = (complete: boolean): EngineEvent => ({ kind: 'done', complete, probes: 0 });

describe('the choice of the engine', () => {
  it('is the better one when it finds every listener', async () => {
    const engine = connectEngine();
    expect(await chooseEngine(engine, 'linux')).toEqual({ name: 'syn', engine, whyNotBetter: null });
  });

  it('is connect, with the reason, when probes are lost', async () => {
    expect(await chooseEngine(saying(done(true)), 'linux')).toEqual({
      name: 'connect',
      engine: null,
      whyNotBetter: 'its self-test lost probes: 0 of 4 listeners found on 127.0.0.1',
    });
  });

  it('is connect when raw sockets are forbidden, the thread dies, the test throws, or the system is another', async () => {
    const why = async (engine: Engine, platform = 'linux') => (await chooseEngine(engine, platform)).whyNotBetter;
    const stopped = (reason: string) => saying({ kind: 'stopped', address: '127.0.0.1', reason }, done(false));
    expect(await why(stopped('socket(AF_PACKET): EPERM'))).toBe('CAP_NET_RAW is missing (socket(AF_PACKET): EPERM)');
    expect(await why(stopped('worker-crashed: no koffi'))).toBe('worker-crashed: no koffi');
    const throwing: Engine = {
      name: 'syn',
      scan() {
        throw new Error('boom');
      },
    };
    expect(await why(throwing)).toBe('its self-test failed: boom');
    expect(await why(saying(), 'darwin')).toBe('the SYN engine needs Linux, this is darwin');
  });
});

const CHILD = fileURLToPath(new URL('../../support/scanner/choose-child.ts', import.meta.url));
const choose = (...before: string[]): Pick<EngineChoice, 'name' | 'whyNotBetter'> => {
  return JSON.parse(execFileSync('env', [...before, process.execPath, CHILD], { encoding: 'utf8' })) as Pick<
    EngineChoice,
    'name' | 'whyNotBetter'
  >;
};

describeWith(['root', 'unshare'], 'the choice on this machine', () => {
  it('is syn for root, also in a network namespace with nothing but loopback', () => {
    expect(choose()).toEqual({ name: 'syn', whyNotBetter: null });
    const up = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
    expect(choose(...up)).toEqual({ name: 'syn', whyNotBetter: null });
  });

  it('is connect without CAP_NET_RAW, and says so', () => {
    expect(choose('setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw')).toEqual({
      name: 'connect',
      whyNotBetter: 'CAP_NET_RAW is missing (socket(AF_PACKET): EPERM)',
    });
  });

  it('is connect where loopback is down, and says so', () => {
    expect(choose('unshare', '--net').name).toBe('connect');
  });
});
