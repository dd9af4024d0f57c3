import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runStep } from './run-step.ts';
import type { StepResult } from './run-step.ts';
import type { Step } from './steps.ts';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tartware-steps-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs a few lines of JavaScript as a step; `{report}` is the runner's report. */
async function run(part: Step['part'], code: string, step: Partial<Step> = {}): Promise<StepResult> {
  return runStep({ part, name: part, command: [process.execPath, '-e', code, '{report}'], counts: 'check', minutes: 1, ...step }, folder, folder);
}

test('a check that ends well is one passed, and its output is kept', async () => {
  expect(await run('lint', 'console.log("out"); console.error("err")')).toMatchObject({ count: { passed: 1, failed: 0 }, output: 'out\nerr' });
});

test('a check that ends badly is one failed', async () => {
  expect((await run('lint', 'process.exit(3)')).count).toEqual({ passed: 0, failed: 1, notes: [] });
});

test('a program that is missing is one failed and named', async () => {
  const { count, output } = await run('lint', '', { command: ['no-such-program'] });

  expect(count.failed).toBe(1);
  expect(output).toContain('no-such-program');
});

test('a step that hangs is ended and says so', async () => {
  const { count, output } = await run('lint', 'setInterval(() => {}, 1000)', { minutes: 1 / 120 });

  expect(count.failed).toBe(1);
  expect(output).toContain('timed out');
});

test('a runner is counted by its report', async () => {
  const report = { stats: { expected: 5, unexpected: 1, flaky: 0, skipped: 0 }, errors: [] };
  const code = `fs.writeFileSync(process.argv[1], ${ JSON.stringify(JSON.stringify(report)) }); process.exitCode = 1`;

  expect((await run('e2e', code, { counts: 'playwright' })).count).toEqual({ passed: 5, failed: 1, notes: [] });
});

test('a runner that dies before its report is one failed', async () => {
  expect((await run('integration', 'process.kill(process.pid, "SIGKILL")', { counts: 'vitest' })).count)
    .toEqual({ passed: 0, failed: 1, notes: ['ended without a report'] });
});
