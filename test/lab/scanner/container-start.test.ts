import { execFile, execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdtemp, rm, symlink } from 'node:fs/promises';
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

  /** What `start.sh` prints in a network of its own. `limits`: options of setpriv. */
  async function start(limits: readonly string[], args: readonly string[], env: object = {}): Promise<string> {
    const user = ['--reuid', NOBODY, '--regid', NOBODY, '--clear-groups', ...limits];
    const shell = ['sh', '-ec', 'ip link set lo up; exec "$@"', 'sh', 'setpriv', ...user];
    const script = ['sh', join(ROOT, 'fargate-scanner', 'start.sh'), ...args];
    const PATH = `${bin}:/usr/sbin:/usr/bin:/sbin:/bin`;
    const { stdout } = await run('unshare', ['--net', ...shell, ...script], { env: { ...env, PATH } });
    return stdout.trim();
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
});
