import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { PortSet } from '../../../core/net/port-set.ts';
import { TokenBucket } from '../../../core/scanning/pacing.ts';
import type { EngineEvent } from '../../../fargate-scanner/engines/engine.ts';
import { masscanEngine } from '../../../fargate-scanner/engines/masscan/masscan-engine.ts';
import { nmapEngine } from '../../../fargate-scanner/engines/nmap/nmap-engine.ts';
import { aJob, runEngine } from '../../support/scanner/run-engine.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** A program that does `body` unless it is asked for its version. `$DIR` is its own folder. */
async function program(body: string, version = 'Masscan version 1.3.2 ( https://example.com )'): Promise<string> {
  const directory = await temporaryDirectory();
  const path = join(directory, 'scanner');
  await writeFile(
    path,
    `#!/bin/bash\nDIR=${directory}\nif [ "\${@: -1}" = --version ]; then echo "${version}"; exit 1; fi\n${body}\n`,
  );
  await chmod(path, 0o755);
  return path;
}

/** Nobody asks the kernel or a link for the way. */
const BY_HAND = { more: [] } as const;

const found = (port: number, status = 'open', ip = '192.0.2.3') =>
  `echo '{"ip":"${ip}","timestamp":"1795248495","port":${port},"proto":"tcp","rec_type":"status","data":{"status":"${status}","reason":"x","ttl":64}}'`;

const masscan = async (body: string, over: Parameters<typeof masscanEngine>[0] = {}) =>
  masscanEngine({ ...BY_HAND, command: [await program(body)], waitSeconds: 0, ...over });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('the version of another scanner', () => {
  it('is part of the name of its engine', async () => {
    expect((await masscan('')).name).toBe('masscan 1.3.2');
    expect((await nmapEngine({ command: [await program('', 'Nmap version 7.93 ( https://nmap.org )')] })).name).toBe(
      'nmap 7.93',
    );
  });

  it.each([
    ['Masscan version 1.0.5', 'masscan 1.0.5 is too old: 1.3 or newer is needed'],
    ['something else', 'does not answer --version as masscan does: "something else'],
  ])('%s is refused', async (version, message) => {
    await expect(masscanEngine({ command: [await program('', version)] })).rejects.toThrow(message);
  });

  it('of what is not there is refused too', async () => {
    await expect(masscanEngine({ command: ['/nowhere/masscan'] })).rejects.toThrow('masscan is not installed');
    await expect(nmapEngine({ command: ['/nowhere/nmap'] })).rejects.toThrow('nmap is not installed');
  });
});

describe('masscan', () => {
  it('shows open and closed ports; the others stay unknown', async () => {
    const engine = await masscan(
      `${found(22)}\n${found(22)}\n${found(80, 'closed')}\n${found(443)}\n${found(22, 'open', '192.0.2.9')}`,
    );
    const { states, done } = await runEngine(engine, aJob({ '192.0.2.3': '22,80-82' }));
    expect(states).toEqual({
      '192.0.2.3': { 'open (syn-ack)': '22', 'closed (ECONNREFUSED)': '80', 'unknown (not-shown-by-masscan)': '81-82' },
    });
    expect(done).toEqual({ kind: 'done', complete: true, probes: 6 });
  });

  it('is started once for each try with the rate and the ports that were asked for, address families apart', async () => {
    const path = await program('echo "$@" $(paste -sd, targets) >> $DIR/args');
    const engine = await masscanEngine({
      ...BY_HAND,
      command: [path],
      more: ['--interface', 'lo'],
    });
    await runEngine(engine, aJob({ '192.0.2.3': '22', '192.0.2.4': '22', 'fd00::1': '22' }));
    const common = '-p 22 --rate 5000 --retries 0 --wait 10 --seed 7 --show open,closed -oD -';
    const four = `${common} --interface lo -iL targets 192.0.2.3,192.0.2.4`;
    const six = `${common} --interface lo -iL targets fd00::1`;
    expect((await readFile(join(path, '../args'), 'utf8')).trim().split('\n')).toEqual([four, four, six, six]);
  });

  it('that finds a tenth of a long list open is ended, and the address is left alone in all that was to follow', async () => {
    const many = Array.from({ length: 70 }, (_, i) => found(i + 1)).join('\n');
    const path = await program(`echo x >> $DIR/args\n${many}\nsleep 300`);
    const { states, stopped, done } = await runEngine(
      await masscanEngine({ ...BY_HAND, command: [path] }),
      aJob({ '192.0.2.3': '1-600' }),
    );
    expect(stopped).toEqual([expect.stringMatching(/^192\.0\.2\.3 everything-open: (?:6[1-9]|70) of 600 ports$/)]);
    expect(Object.keys(states['192.0.2.3'] ?? {})).toEqual(['open (syn-ack)']);
    expect(await readFile(join(path, '../args'), 'utf8')).toBe('x\n');
    expect(done).toMatchObject({ complete: true });
  });

  it('goes on for the others when one address answers on every port', async () => {
    const many = Array.from({ length: 61 }, (_, i) => found(i + 1)).join('\n');
    const path = await program(`paste -sd, targets >> $DIR/args\n${many}\n${found(22, 'open', '192.0.2.4')}`);
    const { states, stopped } = await runEngine(
      await masscanEngine({ ...BY_HAND, command: [path] }),
      aJob({ '192.0.2.3': '1-600', '192.0.2.4': '1-600' }),
    );
    expect(stopped).toEqual(['192.0.2.3 everything-open: 61 of 600 ports']);
    expect(states['192.0.2.4']).toEqual({ 'open (syn-ack)': '22', 'unknown (not-shown-by-masscan)': '1-21,23-600' });
    expect(await readFile(join(path, '../args'), 'utf8')).toBe('192.0.2.3,192.0.2.4\n192.0.2.4\n');
  });

  it('is never ended for many open ports of a short list', async () => {
    const { stopped } = await runEngine(
      await masscan(Array.from({ length: 100 }, (_, i) => found(i + 1)).join('\n')),
      aJob({ '192.0.2.3': '1-100' }),
    );
    expect(stopped).toEqual([]);
  });

  it('is asked again only for what did not answer', async () => {
    const path = await program(
      `echo "$2 $(paste -sd, targets)" >> $DIR/args\n[ $(wc -l < $DIR/args) = 1 ] && { ${found(22)}; ${found(80, 'closed')}; ${found(22, 'open', '192.0.2.4')}; ${found(80, 'open', '192.0.2.4')}; }; exit 0`,
    );
    const { states, done } = await runEngine(
      await masscanEngine({ ...BY_HAND, command: [path] }),
      aJob({ '192.0.2.3': '22,80,443', '192.0.2.4': '22,80' }, { tries: 3 }),
    );
    expect((await readFile(join(path, '../args'), 'utf8')).trim().split('\n')).toEqual([
      '22,80,443 192.0.2.3',
      '443 192.0.2.3',
      '443 192.0.2.3',
      '22,80 192.0.2.4',
      '22,80 192.0.2.4',
      '22,80 192.0.2.4',
    ]);
    expect(states['192.0.2.3']).toEqual({
      'open (syn-ack)': '22',
      'closed (ECONNREFUSED)': '80',
      'unknown (not-shown-by-masscan)': '443',
    });
    expect(done).toMatchObject({ complete: true, probes: 5 + 6 });
  });

  it('is started once for the addresses of one rate, which all of them keep to together', async () => {
    const path = await program('echo "$4 $(paste -sd, targets)" >> $DIR/args');
    const job = aJob({ '192.0.2.3': '22', '192.0.2.4': '22', '192.0.2.5': '22' }, { tries: 1 });
    const capped = { ...job, targets: job.targets.map((target, i) => ({ ...target, rate: i < 2 ? 100 : 50 })) };
    await runEngine(await masscanEngine({ ...BY_HAND, command: [path] }), capped);
    expect(await readFile(join(path, '../args'), 'utf8')).toBe('100 192.0.2.3,192.0.2.4\n50 192.0.2.5\n');
  });

  it('leaves a fifth of a shared rate to what cannot wait for a program', async () => {
    const path = await program('echo "$4" >> $DIR/args');
    const shared = new TokenBucket(500, performance.now());
    await runEngine(
      await masscanEngine({ ...BY_HAND, command: [path] }),
      aJob({ '192.0.2.3': '22' }, { tries: 1, shared }),
    );
    expect(await readFile(join(path, '../args'), 'utf8')).toBe('400\n');
  });

  it('takes as many addresses and scattered ports as there are', async () => {
    const path = await program('echo "$(wc -l < targets) ${#2}" >> $DIR/args');
    const odd = Array.from({ length: 32_768 }, (_, i) => 2 * i + 1).join(',');
    const many = Object.fromEntries(Array.from({ length: 65_536 }, (_, i) => [`10.1.${i >> 8}.${i & 255}`, '22']));
    const engine = await masscanEngine({ ...BY_HAND, command: [path] });
    const all = await runEngine(engine, aJob(many, { tries: 1 }));
    const scattered = await runEngine(engine, aJob({ '192.0.2.3': odd }, { tries: 1 }));
    expect([all.stopped, scattered.stopped]).toEqual([[], []]);
    const [first, ...others] = (await readFile(join(path, '../args'), 'utf8')).trim().split('\n');
    expect(first).toBe('65536 2');
    expect(others.map((line) => Number(line.split(' ')[1]) < 128 * 1_024)).toEqual([true, true]);
  });

  it('that has done everything and does not end is ended, and what it found counts', async () => {
    const engine = await masscan(
      `${found(22)}\nn=0; while sleep 0.2; do n=$((n+1)); printf 'rate: 0.00-kpps, 100.00%% done, waiting -%d-secs, found=1 \\r' $n >&2; done`,
    );
    const { states, stopped, done } = await runEngine(engine, aJob({ '192.0.2.3': '22,80' }, { tries: 1 }));
    expect(stopped).toEqual([]);
    expect(states).toEqual({ '192.0.2.3': { 'open (syn-ack)': '22', 'unknown (not-shown-by-masscan)': '80' } });
    expect(done).toMatchObject({ complete: true, probes: 2 });
  });

  it('that says FAIL and ends with 0 has failed', async () => {
    const { states, stopped } = await runEngine(
      await masscan('echo "[-] FAIL: could not determine default interface" >&2'),
      aJob({ '192.0.2.3': '22' }),
    );
    expect(states).toEqual({});
    expect(stopped).toEqual([
      expect.stringMatching(/ended as if nothing was wrong, and said: .*FAIL: could not determine/),
    ]);
  });

  it('that closes its output and stays is killed', async () => {
    const path = await program(`${found(22)}\necho $$ > $DIR/pid\nexec >&-\nsleep 300`);
    const { states, stopped } = await runEngine(
      await masscanEngine({ ...BY_HAND, command: [path] }),
      aJob({ '192.0.2.3': '22,80' }),
    );
    expect(states).toEqual({ '192.0.2.3': { 'open (syn-ack)': '22' } });
    expect(stopped[0]).toContain('closed its output and did not end');
    expect(isAlive(Number(await readFile(join(path, '../pid'), 'utf8')))).toBe(false);
  });

  it('does not reach this machine itself, and says so', async () => {
    const { stopped, done } = await runEngine(await masscan('exit 1'), aJob({ '127.0.0.1': '22' }));
    expect(stopped).toEqual([
      "127.0.0.1 is this machine's own, which masscan's packets do not reach: use the connect engine",
    ]);
    expect(done).toMatchObject({ complete: true, probes: 0 });
  });

  it('that fails says why: what it printed is in the reason, once', async () => {
    const engine = await masscan(`${found(22)}\nprintf 'rate: 1\\r\\nFAIL: permission denied\\n' >&2; exit 1`);
    const { states, stopped } = await runEngine(engine, aJob({ '192.0.2.3': '22,80', '192.0.2.4': '22,80' }));
    expect(states).toEqual({ '192.0.2.3': { 'open (syn-ack)': '22' } });
    expect(stopped[0]).toMatch(/^192\.0\.2\.3 \/.*\/scanner ended with 1: FAIL: permission denied$/);
    expect(stopped[1]).toBe('192.0.2.4 too, as masscan 1.3.2 failed');
  });

  it('keeps little of a flood of errors', async () => {
    const { stopped } = await runEngine(
      await masscan('head -c 3000000 /dev/zero | tr "\\0" x >&2; exit 1'),
      aJob({ '192.0.2.3': '22' }),
    );
    expect(stopped[0]?.length).toBeLessThan(700);
  });

  it('that does not end is asked to, then killed with all it started; nothing it did not show is believed', async () => {
    const path = await program(`trap '' INT\n${found(22)}\nsleep 300 & echo $! > $DIR/child\nwait; wait; sleep 300`);
    const engine = await masscanEngine({ ...BY_HAND, command: [path], waitSeconds: 0, overtimeMs: 200 });
    const { states, stopped } = await runEngine(engine, aJob({ '192.0.2.3': '22,80' }, { tries: 1, timeoutMs: 200 }));
    expect(states).toEqual({ '192.0.2.3': { 'open (syn-ack)': '22' } });
    expect(stopped[0]).toMatch(/did not end within \d+ ms and was stopped/);
    const child = Number(await readFile(join(path, '../child'), 'utf8'));
    await vi.waitFor(() => expect(isAlive(child)).toBe(false), { timeout: 5_000 });
  });

  it('is ended by the signal, and nothing after it is complete', async () => {
    const controller = new AbortController();
    const engine = await masscan(`${found(22)}\nsleep 300`);
    const events: EngineEvent[] = [];
    for await (const event of engine.scan(aJob({ '192.0.2.3': '22,80' }), controller.signal)) {
      events.push(event);
      controller.abort();
    }
    expect(events.map(({ kind }) => kind)).toEqual(['observations', 'progress', 'done']);
    expect(events.at(-1)).toMatchObject({ complete: false });
  });

  it('that ends before what it started is not waited for', async () => {
    const engine = await masscan(`${found(22)}\nsleep 300 &`);
    const { states, done } = await runEngine(engine, aJob({ '192.0.2.3': '22' }));
    expect([states, done]).toMatchObject([{ '192.0.2.3': { 'open (syn-ack)': '22' } }, { complete: true }]);
  });

  it('waits for another scanner to end, and no longer than it is wanted', async () => {
    const [first, second] = [new AbortController(), new AbortController()];
    const running = runEngine(await masscan('sleep 300'), aJob({ '192.0.2.3': '22' }), first.signal);
    const waiting = runEngine(await masscan(found(22)), aJob({ '192.0.2.3': '22' }), second.signal);
    const third = runEngine(await masscan(found(22)), aJob({ '192.0.2.3': '22' }));
    second.abort();
    expect(await waiting).toMatchObject({ states: {}, done: { complete: false, probes: 0 } });
    first.abort();
    expect((await running).done).toMatchObject({ complete: false });
    expect((await third).states).toEqual({ '192.0.2.3': { 'open (syn-ack)': '22' } });
  });

  it('whose output is no JSON is not believed', async () => {
    const { stopped } = await runEngine(await masscan('echo hello'), aJob({ '192.0.2.3': '22' }));
    expect(stopped[0]).toContain('the output of masscan 1.3.2 cannot be read: line 1: "hello"');
    const cut = await runEngine(await masscan(`${found(22)} | head -c 50`), aJob({ '192.0.2.3': '22' }));
    expect(cut.stopped[0]).toContain('ends early, at line 1');
  });

  it('takes what it may send from the rate that others share', async () => {
    const startedAt = performance.now();
    let taken = 0;
    const shared = { available: () => 1, take: () => void (taken += 1) };
    await runEngine(await masscan('sleep 0.4'), aJob({ '192.0.2.3': '22' }, { rate: 1_000, shared }));
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(performance.now() - startedAt);
  });

  it('dies with the program that started it, even when that is killed', async () => {
    const path = await program('echo $$ > $DIR/pid\nsleep 300');
    const code = `import { masscanEngine } from ${JSON.stringify(new URL('../../../fargate-scanner/engines/masscan/masscan-engine.ts', import.meta.url).href)};
      import { aJob, runEngine } from ${JSON.stringify(new URL('../../support/scanner/run-engine.ts', import.meta.url).href)};
      await runEngine(await masscanEngine({ more: [], command: [${JSON.stringify(path)}] }), aJob({ '192.0.2.3': '22' }));`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'ignore' });
    const pid = await vi.waitFor(
      async () => {
        const text = await readFile(join(path, '../pid'), 'utf8');
        expect(text).toMatch(/\d\n/);
        return Number(text);
      },
      { timeout: 20_000, interval: 50 },
    );
    expect(isAlive(pid)).toBe(true);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    await vi.waitFor(() => expect(isAlive(pid)).toBe(false), { timeout: 5_000 });
  });
});

describe('nmap', () => {
  const VERSION = 'Nmap version 7.93 ( https://nmap.org )';

  it('is started with what was asked for, address families and rates apart', async () => {
    const path = await program(
      'echo nmap "$@" $(paste -sd, targets) >> $DIR/args; echo "<nmaprun scanner=\\"nmap\\"></nmaprun>"',
      VERSION,
    );
    const job = aJob({ '192.0.2.3': '22,80', '192.0.2.4': '22,80', '2001:db8::1': '22,80' });
    await runEngine(await nmapEngine({ command: [path], connect: true }), job);
    await runEngine(await nmapEngine({ command: [path], connect: false }), {
      ...job,
      targets: job.targets.slice(0, 2).map((target) => ({ ...target, rate: 50 })),
    });
    const common = '--initial-rtt-timeout 500ms --max-rtt-timeout 500ms';
    const output = '--noninteractive --no-stylesheet -oX - -iL targets';
    expect((await readFile(join(path, '../args'), 'utf8')).trim().split('\n')).toEqual([
      `nmap -v -n -Pn -sT -p 22,80 --max-retries 1 --max-rate 5000 ${common} ${output} 192.0.2.3,192.0.2.4`,
      `nmap -v -n -Pn -sT -p 22,80 -6 --max-retries 1 --max-rate 5000 ${common} ${output} 2001:db8::1`,
      `nmap -v -n -Pn -sS -p 22,80 --max-retries 1 --max-rate 50 ${common} ${output} 192.0.2.3,192.0.2.4`,
    ]);
  });

  it('that was killed leaves the hosts that are whole', async () => {
    const host = (address: string) =>
      `<host><address addr="${address}" addrtype="ipv4"/><ports><port protocol="tcp" portid="22"><state state="open"/></port></ports>`;
    const xml = `<nmaprun scanner="nmap"><scaninfo type="syn" protocol="tcp" services="22"/>${host('192.0.2.3')}</host>${host('192.0.2.4')}`;
    const path = await program(`echo '${xml}'; kill -9 $$`, VERSION);
    const { states, stopped } = await runEngine(
      await nmapEngine({ command: [path] }),
      aJob({ '192.0.2.3': '22', '192.0.2.4': '22' }),
    );
    expect(states).toEqual({ '192.0.2.3': { 'open (syn-ack)': '22' } });
    expect(stopped).toEqual([expect.stringContaining('was ended by SIGKILL')]);
  });

  it('asks a silent port twice in one start, so that it is started again for a third try', async () => {
    const xml =
      '<nmaprun scanner=\\"nmap\\"><scaninfo type=\\"syn\\" protocol=\\"tcp\\" services=\\"22,80\\"/><host><address addr=\\"192.0.2.3\\" addrtype=\\"ipv4\\"/><ports>$open<port protocol=\\"tcp\\" portid=\\"80\\"><state state=\\"filtered\\"/></port></ports></host></nmaprun>';
    const open = '<port protocol=\\"tcp\\" portid=\\"22\\"><state state=\\"open\\"/></port>';
    const path = await program(
      `echo "$6 $8" >> $DIR/args; [ $(wc -l < $DIR/args) = 1 ] && open="${open}"; echo "${xml}"`,
      VERSION,
    );
    const { events, states, done } = await runEngine(
      await nmapEngine({ command: [path] }),
      aJob({ '192.0.2.3': '22,80' }, { tries: 3 }),
    );
    expect(await readFile(join(path, '../args'), 'utf8')).toBe('22,80 1\n80 0\n');
    expect(states).toEqual({ '192.0.2.3': { 'open (syn-ack)': '22', 'filtered (no-answer)': '80' } });
    const seen = events.flatMap((event) => (event.kind === 'observations' ? event.observations : []));
    expect(seen.map(({ tries }) => tries)).toEqual([1, 3]);
    expect(done).toMatchObject({ complete: true, probes: 4 });
  });

  it('is first asked for a hundred ports at random of a long list, and for no more when they are all open', async () => {
    const path = await program(
      'echo "$6" >> $DIR/args; echo "<nmaprun scanner=\\"nmap\\"><scaninfo type=\\"syn\\" protocol=\\"tcp\\" services=\\"$6\\"/><host><address addr=\\"192.0.2.3\\" addrtype=\\"ipv4\\"/><ports>"; for port in ${6//,/ }; do echo "<port protocol=\\"tcp\\" portid=\\"$port\\"><state state=\\"open\\"/></port>"; done; echo "</ports></host></nmaprun>"',
      VERSION,
    );
    // No two of them are neighbours, so that none is written as a range.
    const odd = Array.from({ length: 1_000 }, (_, i) => 2 * i + 1);
    const { states, stopped } = await runEngine(
      await nmapEngine({ command: [path] }),
      aJob({ '192.0.2.3': odd.join(',') }),
    );
    expect(stopped).toEqual(['192.0.2.3 everything-open: 100 of 100 ports']);
    const [asked = '', ...more] = (await readFile(join(path, '../args'), 'utf8')).trim().split('\n');
    expect(more).toEqual([]);
    expect(states).toEqual({ '192.0.2.3': { 'open (syn-ack)': asked } });
    const ports = asked.split(',').map(Number);
    expect([ports.length, Math.min(...ports) < 500, Math.max(...ports) > 1_500]).toEqual([100, true, true]);
  });

  it('is asked for the rest of a long list next, each port once', async () => {
    const path = await program('echo "$6" >> $DIR/args; echo "<nmaprun scanner=\\"nmap\\"></nmaprun>"', VERSION);
    await runEngine(await nmapEngine({ command: [path] }), aJob({ '192.0.2.3': '1-2047' }, { tries: 1, rate: 400 }));
    const asked = (await readFile(join(path, '../args'), 'utf8'))
      .trim()
      .split('\n')
      .map((text) => PortSet.parse(text));
    expect(asked.map(({ size }) => size)).toEqual([100, 1_947]);
    expect(PortSet.fromRanges(asked.flatMap(({ ranges }) => ranges)).toString()).toBe('1-2047');
  });

  it('that calls a host down, as nobody on the link answers for it, says so of its ports', async () => {
    const down = '<host><status state=\\"down\\"/><address addr=\\"192.0.2.3\\" addrtype=\\"ipv4\\"/></host>';
    const path = await program(`echo x >> $DIR/args; echo "<nmaprun scanner=\\"nmap\\">${down}</nmaprun>"`, VERSION);
    const { states, done } = await runEngine(
      await nmapEngine({ command: [path] }),
      aJob({ '192.0.2.3': '22,80' }, { tries: 4 }),
    );
    expect(states).toEqual({ '192.0.2.3': { 'unknown (EHOSTUNREACH)': '22,80' } });
    expect(done).toMatchObject({ complete: true });
    expect(await readFile(join(path, '../args'), 'utf8')).toBe('x\n');
  });

  it('that finds no way and ends with 0 says so', async () => {
    const path = await program(
      'echo "setup_target: failed to determine route to 192.0.2.3" >&2; echo "<nmaprun scanner=\\"nmap\\"></nmaprun>"',
      VERSION,
    );
    const { states, stopped } = await runEngine(await nmapEngine({ command: [path] }), aJob({ '192.0.2.3': '22' }));
    expect(states).toEqual({});
    expect(stopped).toEqual([expect.stringContaining('failed to determine route to 192.0.2.3')]);
  });

  it('is not started again for an address that it failed at', async () => {
    const path = await program('echo x >> $DIR/args; exit 1', VERSION);
    const { stopped } = await runEngine(
      await nmapEngine({ command: [path] }),
      aJob({ '192.0.2.3': '1-1000' }, { rate: 10 }),
    );
    expect(stopped).toHaveLength(1);
    expect(await readFile(join(path, '../args'), 'utf8')).toBe('x\n');
  });
});
