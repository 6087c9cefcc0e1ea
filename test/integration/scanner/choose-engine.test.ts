import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { chooseEngine } from '../../../fargate-scanner/engines/choose-engine.ts';
import { connectEngine } from '../../../fargate-scanner/engines/connect/connect-engine.ts';
import type { Engine, EngineEvent } from '../../../fargate-scanner/engines/engine.ts';
import type { ThisMachine } from '../../../fargate-scanner/engines/this-machine.ts';
import { describeWith } from '../../support/need.ts';

const ABLE: ThisMachine = { platform: 'linux', loopback: true, netRaw: true, filtered: false };
const saying = (...events: EngineEvent[]): Engine => ({
  name: 'syn',
  async *scan() {
    yield* events;
  },
});
const done = (complete: boolean): EngineEvent => ({ kind: 'done', complete, probes: 0 });
const stopped = (reason: string): Engine =>
  saying({ kind: 'stopped', address: '127.0.0.1', reason }, { kind: 'done', complete: false, probes: 0 });

describe('the choice of the engine', () => {
  it('is the better one when it finds every listener', async () => {
    const engine = connectEngine();
    expect(await chooseEngine(engine, ABLE)).toEqual({ name: 'syn', engine, whyNotBetter: null, advice: null });
  });

  it('is connect, with the reason, when probes are lost', async () => {
    expect(await chooseEngine(saying(done(true)), ABLE)).toEqual({
      name: 'connect',
      engine: null,
      whyNotBetter: 'its self-test lost probes: 0 of 4 listeners found on 127.0.0.1',
      advice: "see whether this machine's firewall drops what it sends to itself",
    });
  });

  it.each<[name: string, engine: Engine, machine: Partial<ThisMachine>, why: string, advice: RegExp]>([
    ['another system', saying(), { platform: 'darwin' }, 'the SYN engine needs Linux, this is darwin', /on Linux/],
    [
      'a loopback interface that is down',
      saying(),
      { loopback: false },
      'its self-test needs 127.0.0.1, and the loopback interface is down',
      /ip link set lo up/,
    ],
    [
      'a missing capability',
      stopped('socket(AF_PACKET): EPERM'),
      { netRaw: false, filtered: true },
      'CAP_NET_RAW is missing (socket(AF_PACKET): EPERM)',
      /as root.*NET_RAW/,
    ],
    [
      'a filter of system calls',
      stopped('socket(AF_PACKET): EPERM'),
      { filtered: true },
      'a system call filter (seccomp) refuses raw sockets in spite of CAP_NET_RAW (socket(AF_PACKET): EPERM)',
      /seccomp profile/,
    ],
    [
      'a network of somebody else',
      stopped('socket(AF_PACKET): EPERM'),
      {},
      'raw sockets are refused in spite of CAP_NET_RAW (socket(AF_PACKET): EPERM)',
      /another user namespace/,
    ],
    [
      'a package without its library',
      stopped('worker-crashed: Cannot find the native Koffi module; did you bundle it correctly?'),
      {},
      'koffi, which calls the C library, does not load (worker-crashed: Cannot find the native Koffi module; did you bundle it correctly?)',
      /npm ci/,
    ],
    [
      'a machine without that C library',
      stopped('Failed to load shared library: libc.so.6: cannot open shared object file'),
      {},
      'koffi, which calls the C library, does not load (Failed to load shared library: libc.so.6: cannot open shared object file)',
      /glibc/,
    ],
    ['no route', stopped('ENETUNREACH'), {}, 'there is no route to 127.0.0.1 (ENETUNREACH)', /ip route/],
    ['anything else', stopped('worker-crashed: boom'), {}, 'its self-test failed: worker-crashed: boom', /report/],
  ])('is connect for %s, and says what to do', async (_name, engine, machine, why, advice) => {
    const choice = await chooseEngine(engine, { ...ABLE, ...machine });
    expect(choice).toMatchObject({ name: 'connect', engine: null, whyNotBetter: why });
    expect(choice.advice).toMatch(advice);
  });

  it('is connect when the engine throws', async () => {
    const throwing: Engine = {
      name: 'syn',
      scan() {
        throw new Error('boom');
      },
    };
    expect(await chooseEngine(throwing, ABLE)).toMatchObject({ whyNotBetter: 'its self-test failed: boom' });
  });
});

const CHILD = fileURLToPath(new URL('../../support/scanner/choose-child.ts', import.meta.url));
const choose = (...before: string[]): { name: string; whyNotBetter: string | null } => {
  const text = execFileSync('env', [...before, process.execPath, CHILD], { encoding: 'utf8' });
  return JSON.parse(text) as { name: string; whyNotBetter: string | null };
};

describeWith(['root', 'unshare'], 'the choice on this machine', () => {
  it('is syn for root, also in a network namespace with nothing but loopback', () => {
    expect(choose()).toEqual({ name: 'syn', whyNotBetter: null, advice: null });
    const up = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
    expect(choose(...up)).toEqual({ name: 'syn', whyNotBetter: null, advice: null });
  });

  it('is connect without CAP_NET_RAW, and says so', () => {
    expect(choose('setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw')).toMatchObject({
      name: 'connect',
      whyNotBetter: 'CAP_NET_RAW is missing (socket(AF_PACKET): EPERM)',
    });
  });

  it('is connect for root of a user namespace in a network that is not its own, and says so', () => {
    expect(choose('unshare', '--user', '--map-root-user')).toMatchObject({
      name: 'connect',
      whyNotBetter: 'raw sockets are refused in spite of CAP_NET_RAW (socket(AF_PACKET): EPERM)',
    });
  });

  it('is connect where loopback is down, and says so', () => {
    expect(choose('unshare', '--net')).toMatchObject({
      name: 'connect',
      whyNotBetter: 'its self-test needs 127.0.0.1, and the loopback interface is down',
    });
  });
});
