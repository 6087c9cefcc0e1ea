/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   testResults: { status: string, assertionResults: { status: string }[] }[] }} VitestReport
 */

/**
 * Numbers of vitest's JSON report. A file that did not load has no tests and counts as one failure; so does a run that wrote no report,
 * or that failed outside every test: nothing that went wrong may count as zero failures.
 * @param {string | null} json text of the report, null when none was written
 * @param {number} exitCode of vitest
 * @returns {Counts}
 */
export function countTests(json, exitCode) {
  if (json === null) return { passed: 0, failed: 1, skipped: 0 };
  const report = /** @type {VitestReport} */ (JSON.parse(json));
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + broken;
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
