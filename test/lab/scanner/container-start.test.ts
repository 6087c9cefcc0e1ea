import { execFile, execFileSync } from 'node:child_process';
import { chmod, chown, copyFile, cp, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../../support/need.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');
const CHOOSE = join(ROOT, 'test', 'support', 'scanner', 'choose-child.ts');
/** Like the user of the image: no root, no capability. */
const NOBODY = '65534';

describeWith(['root', 'unshare', 'ip', 'setcap'], 'the start of the container, as a user without rights', () => {
  let bin: string;

  beforeAll(async () => {
    bin = await mkdtemp(join(tmpdir(), 'portcullis-test-'));
    await chmod(bin, 0o755);
    await symlink(process.execPath, join(bin, 'node'));
    const able = join(bin, 'node-net-raw');
    await copyFile(process.execPath, able);
    await chmod(able, 0o755);
    execFileSync('setcap', ['cap_net_raw+ep', able]);
  });

  afterAll(() => rm(bin, { recursive: true, force: true }));

  /** What `start.sh` of the checkout, or of a copy, prints in a network of its own. `limits`: options of setpriv. */
  async function start(limits: readonly string[], args: readonly string[], env: object = {}, app = ROOT) {
    const { stdout } = await asNobody(limits, ['sh', join(app, 'fargate-scanner', 'start.sh'), ...args], env);
    return stdout.trim();
  }
  function asNobody(limits: readonly string[], command: readonly string[], env: object = {}) {
    const user = ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', ...limits];
    const shell = ['sh', '-ec', 'ip link set lo up; exec "$@"', 'sh', 'setpriv', ...user];
    const PATH = `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`;
    return run('unshare', ['--net', ...shell, ...command], { env: { ...env, PATH } });
  }
  const choice = async (...limits: string[]): Promise<unknown> => JSON.parse(await start(limits, [CHOOSE]));
  const WITHOUT = {
    name: 'connect',
    whyNotBetter: 'CAP_NET_RAW is missing (socket(AF_PACKET): EPERM)',
    advice: 'start it as root, or with the capability NET_RAW (containers: --cap-add NET_RAW)',
  };

  it('sends SYNs where the platform leaves NET_RAW, and nothing else, in the bounding set', async () => {
    expect(await choice('--bounding-set', '-all,+net_raw')).toEqual({ name: 'syn', whyNotBetter: null, advice: null });
  });

  it('makes connections where the platform takes NET_RAW away, and says so', async () => {
    expect(await choice('--bounding-set', '-all')).toEqual(WITHOUT);
  });

  it('makes connections where the platform lets nobody gain a capability, and says so', async () => {
    expect(await choice('--bounding-set', '-all,+net_raw', '--no-new-privs')).toEqual(WITHOUT);
  });

  it('has that capability only, and hands it on to no program', async () => {
    const masks = "console.log(require('node:fs').readFileSync('/proc/self/status', 'utf8').match(/^Cap.*$/gm).join())";
    const [none, netRaw] = ['0000000000000000', '0000000000002000'];
    const read = (await start(['--bounding-set', '-all,+net_raw'], ['--eval', masks])).replaceAll('\t', '');
    expect(read).toBe(`CapInh:${none},CapPrm:${netRaw},CapEff:${netRaw},CapBnd:${netRaw},CapAmb:${none}`);
  });

  it('reads the variables of its task, though node and libc pass over those that would change them', async () => {
    const env = { RATE: '7', NODE_OPTIONS: '--title=changed', TMPDIR: '/elsewhere' };
    const read = '[process.env.RATE, process.title === "changed", process.env.TMPDIR]';
    const args = ['--print', `JSON.stringify(${read})`];
    expect(await start(['--bounding-set', '-all,+net_raw'], args, env)).toBe('["7",false,null]');
    expect(await start(['--bounding-set', '-all'], args, env)).toBe('["7",true,"/elsewhere"]');
  });

  it('compiles nothing that was compiled when the image was made, with and without the capability', async () => {
    const app = await anImage();
    try {
      await asNobody(['--bounding-set', '-all,+net_raw'], ['sh', join(app, 'fargate-scanner', 'compile.sh')]);
      // What `--eval` itself compiles.
      await start(['--bounding-set', '-all'], ['--eval', 'process.exit()'], {}, app);
      const compiled = await readdir(join(app, '.compiled'), { recursive: true });
      expect(compiled.length).toBeGreaterThan(100);
      for (const [set, expected] of [
        ['-all,+net_raw', 'syn open null'],
        ['-all', `connect open ${WITHOUT.whyNotBetter}`],
      ] as const) {
        const args = ['--eval', `(async (app) => { ${SCAN_ITSELF} })(${JSON.stringify(app)})`];
        expect(await start(['--bounding-set', set], args, {}, app)).toBe(expected);
        expect(await readdir(join(app, '.compiled'), { recursive: true })).toEqual(compiled);
      }
    } finally {
      await rm(app, { recursive: true, force: true });
    }
  });

  /** What the Dockerfile puts into the image, in a folder of its own. */
  async function anImage(): Promise<string> {
    const app = await mkdtemp(join(tmpdir(), 'portcullis-test-'));
    await chmod(app, 0o755);
    for (const name of ['core', 'adapters', 'fargate-scanner', 'package.json']) {
      await cp(join(ROOT, name), join(app, name), { recursive: true });
    }
    await symlink(join(ROOT, 'node_modules'), join(app, 'node_modules'));
    await mkdir(join(app, '.compiled'));
    await chown(join(app, '.compiled'), Number(NOBODY), Number(NOBODY));
    return app;
  }
});

/** Loads what the container may load, and finds a port of this machine by the engine of sweeps. */
const SCAN_ITSELF = `
  const from = (path) => import(app + path);
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  await from('/fargate-scanner/main.ts');
  await from('/adapters/aws/dynamo/run-shards.ts');
  await (await from('/fargate-scanner/engines/ways-out.ts')).waysOut();
  const { hostEngines } = await from('/fargate-scanner/engines/engines.ts');
  const { why } = await hostEngines().owners.syn();
  const name = why === null ? 'syn' : 'connect';
  const engine = (await from('/fargate-scanner/engines/' + name + '/' + name + '-engine.ts'))[name + 'Engine']();
  const { PortSet } = await from('/core/net/port-set.ts');
  const target = { address: '127.0.0.1', ports: PortSet.of(server.address().port), rate: null };
  const job = { targets: [target], tries: 1, timeoutMs: 1000, rate: 1000, shared: null, seed: 1 };
  for await (const event of engine.scan(job, new AbortController().signal)) {
    for (const { state } of event.observations ?? []) console.log(name, state, why);
  }
  process.exit(0);
`;
