import { describe, expect, test } from 'vitest';
import { countPlaywright, countVitest, settle, summary } from './counts.ts';

const vitestReport = { numPassedTests: 3, numFailedTests: 1, numPendingTests: 0, numTodoTests: 0, testResults: [] };
const playwrightReport = { stats: { expected: 4, unexpected: 0, flaky: 0, skipped: 0 }, errors: [] };

describe('vitest report', () => {
  test('passed and failed tests are taken over', () => {
    expect(countVitest(vitestReport)).toEqual({ passed: 3, failed: 1, notes: [] });
  });

  test('a file that could not be loaded is a failure, though it has no test', () => {
    const testResults = [{ name: 'a.test.ts', status: 'failed', assertionResults: [], message: 'Cannot find module' }];

    expect(countVitest({ ...vitestReport, testResults })).toEqual({ passed: 3, failed: 2, notes: ['a.test.ts could not be loaded'] });
  });

  test('a skipped or planned test counts as failed', () => {
    expect(countVitest({ ...vitestReport, numPendingTests: 1, numTodoTests: 1 }).failed).toBe(3);
  });
});

describe('Playwright report', () => {
  test('expected results pass', () => {
    expect(countPlaywright(playwrightReport)).toEqual({ passed: 4, failed: 0, notes: [] });
  });

  test('unexpected, flaky and skipped results fail', () => {
    expect(countPlaywright({ ...playwrightReport, stats: { expected: 1, unexpected: 2, flaky: 1, skipped: 3 } })).toMatchObject({ passed: 1, failed: 6 });
  });

  test('an error outside of any test fails and is named', () => {
    expect(countPlaywright({ ...playwrightReport, errors: [{ message: 'sandbox did not start' }] }))
      .toEqual({ passed: 4, failed: 1, notes: ['sandbox did not start'] });
  });
});

describe('settling with the end of the process', () => {
  const passed = { passed: 2, failed: 0, notes: [] };

  test('a runner that ran no test has failed', () => {
    expect(settle({ passed: 0, failed: 0, notes: [] }, false)).toEqual({ passed: 0, failed: 1, notes: ['no test ran'] });
  });

  test('a runner that exits with an error although no test failed has failed', () => {
    expect(settle(passed, true).failed).toBe(1);
  });

  test('failed tests are not counted twice', () => {
    expect(settle({ passed: 2, failed: 3, notes: [] }, true).failed).toBe(3);
  });

  test('a clean run stays as counted', () => {
    expect(settle(passed, false)).toEqual(passed);
  });
});

test('the summary adds up every runner', () => {
  expect(summary([{ passed: 2, failed: 0, notes: [] }, { passed: 5, failed: 1, notes: [] }])).toBe('7 passed, 1 failed');
});
