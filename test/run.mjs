// `npm test`: installs what is missing, runs the static checks and every test on the pinned Node, and ends with one line of numbers.
// `--static` runs only the checks; everything else on the command line goes to vitest.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { ensureInstalled, NODE, ROOT } from '../local/bootstrap/ensure.mjs';
import { countTests } from '../local/bootstrap/report.mjs';
import { installEmulators } from './support/emulators/install.mjs';

const CHECKS = [
  { name: 'format', script: 'oxfmt/bin/oxfmt', args: ['--check'] },
  { name: 'lint', script: 'oxlint/bin/oxlint', args: ['--type-aware'] },
  { name: 'types', script: 'typescript/bin/tsc', args: ['-p', '.'] },
  { name: 'types of infra', script: 'typescript/bin/tsc', args: ['-p', 'infra'] },
  { name: 'unused', script: 'knip/bin/knip.js', args: [] },
];

const env = { ...process.env, PATH: `${dirname(NODE)}${delimiter}${process.env['PATH'] ?? ''}` };

/**
 * Command prefix that puts the tests into a network namespace of their own, where only loopback exists: nothing they send leaves it, and
 * what they do to its firewall ends with it. Only root can, without further ado; without it the tests that need it skip, or fail in CI.
 */
function inPrivateNetwork() {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return [];
  const prefix = ['unshare', '--net', '--', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh'];
  return spawnSync('unshare', ['--net', '--', 'ip', 'link', 'set', 'lo', 'up']).status === 0 ? prefix : [];
}

/**
 * Runs a package's program on the pinned Node.
 * @param {string} script below node_modules
 * @param {string[]} args
 * @param {{ quiet: boolean, prefix?: string[] }} options quiet: output is collected, not shown
 * @returns {Promise<{ code: number, output: string }>}
 */
function run(script, args, { quiet, prefix = [] }) {
  return new Promise((resolve, reject) => {
    const [command = NODE, ...rest] = [...prefix, NODE, join(ROOT, 'node_modules', script), ...args];
    const child = spawn(command, rest, {
      cwd: ROOT,
      env,
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/** @returns {Promise<import('../local/bootstrap/report.mjs').Counts>} */
async function runChecks() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, script, args } of CHECKS) {
    const started = performance.now();
    const { code, output } = await run(script, args, { quiet: true });
    const seconds = ((performance.now() - started) / 1_000).toFixed(1);
    console.log(`${code === 0 ? 'ok  ' : 'FAIL'}  ${name.padEnd(14)} ${seconds} s`);
    if (code === 0) counts.passed += 1;
    else {
      counts.failed += 1;
      console.log(output.trimEnd());
    }
  }
  return counts;
}

/**
 * @param {string[]} args
 * @returns {Promise<import('../local/bootstrap/report.mjs').Counts>}
 */
async function runTests(args) {
  await installEmulators((line) => console.error(line));
  const scratch = mkdtempSync(join(tmpdir(), 'portcullis-test-'));
  const file = join(scratch, 'report.json');
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
    const prefix = inPrivateNetwork();
    const { code } = await run('vitest/vitest.mjs', ['run', ...reporters, ...args], { quiet: false, prefix });
    return countTests(existsSync(file) ? readFileSync(file, 'utf8') : null, code);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function main() {
  const args = process.argv.slice(2);
  const onlyStatic = args.includes('--static');
  await ensureInstalled('full', (line) => console.error(line));
  const none = { passed: 0, failed: 0, skipped: 0 };
  const checks = await runChecks();
  const tests = onlyStatic ? none : await runTests(args);
  const failed = checks.failed + tests.failed;
  console.log(`${checks.passed + tests.passed} passed, ${failed} failed, ${checks.skipped + tests.skipped} skipped`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
