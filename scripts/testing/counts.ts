/**
 * Reads the JSON reports of the test runners into two numbers.
 *
 * Anything but "passed" counts as failed: a skipped test proves nothing, and a flaky one passed only when asked twice.
 */
export interface Count {
  passed: number;
  failed: number;
  /** Why `failed` is larger than the runner's own number, in words for the person who reads the log. */
  notes: string[];
}

interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: unknown[]; message: string }[];
}

interface PlaywrightReport {
  stats: { expected: number; unexpected: number; flaky: number; skipped: number };
  errors: { message?: string }[];
}

/** Counts a report of `vitest --reporter=json`; a file that could not even be loaded is one failure. */
export function countVitest(report: VitestReport): Count {
  const broken = report.testResults.filter(({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0);
  const skipped = report.numPendingTests + report.numTodoTests;

  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length + skipped,
    notes: [
      ...broken.map(({ name }) => `${ name } could not be loaded`),
      ...(skipped > 0 ? [`${ skipped } skipped, counted as failed`] : []),
    ],
  };
}

/** Counts a report of Playwright's JSON reporter; errors outside tests (a start that failed) are one failure each. */
export function countPlaywright(report: PlaywrightReport): Count {
  const { expected, unexpected, flaky, skipped } = report.stats;

  return {
    passed: expected,
    failed: unexpected + flaky + skipped + report.errors.length,
    notes: [
      ...(flaky > 0 ? [`${ flaky } flaky, counted as failed`] : []),
      ...(skipped > 0 ? [`${ skipped } skipped or not reached, counted as failed`] : []),
      ...report.errors.map(({ message }) => message ?? 'an error without a message outside of any test'),
    ],
  };
}

/**
 * Settles a runner's count against how its process ended.
 *
 * A runner that ran nothing, or that failed without naming a test (an unhandled error, a crash, a timeout), has failed.
 */
export function settle(count: Count, processFailed: boolean): Count {
  if (count.passed + count.failed === 0) {
    return { passed: 0, failed: 1, notes: [...count.notes, 'no test ran'] };
  }
  if (processFailed && count.failed === 0) {
    return { ...count, failed: 1, notes: [...count.notes, 'the runner failed outside of any test'] };
  }

  return count;
}

/** The last line of `npm test`. */
export function summary(counts: Count[]): string {
  const total = (key: 'passed' | 'failed'): number => counts.reduce((sum, count) => sum + count[key], 0);

  return `${ total('passed') } passed, ${ total('failed') } failed`;
}
