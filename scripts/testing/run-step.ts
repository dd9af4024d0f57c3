import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { countPlaywright, countVitest, settle } from './counts.ts';
import type { Count } from './counts.ts';
import type { Step } from './steps.ts';

export interface StepResult {
  count: Count;
  seconds: number;
  /** Everything the step wrote to its two outputs, in order, with the reason when it could not run or was ended. */
  output: string;
}

function count(step: Step, report: string, processFailed: boolean): Count {
  if (step.counts === 'check') {
    return { passed: processFailed ? 0 : 1, failed: processFailed ? 1 : 0, notes: [] };
  }
  if (!existsSync(report)) {
    return { passed: 0, failed: 1, notes: ['ended without a report'] };
  }
  const read = step.counts === 'vitest' ? countVitest : countPlaywright;

  return settle(read(JSON.parse(readFileSync(report, 'utf8'))), processFailed);
}

/** Runs one step to its end, in the repository's root; it never throws for a step that fails, dies, hangs or does not exist. */
export async function runStep(step: Step, reports: string, root: string): Promise<StepResult> {
  const started = performance.now();
  const report = join(reports, `${ step.part }-${ step.counts }.json`);
  const [file, ...args] = step.command.map((argument) => argument.replace('{report}', report)) as [string, ...string[]];
  const result = await execa(file, args, {
    cwd: root,
    all: true,
    reject: false,
    stdin: 'ignore',
    timeout: step.minutes * 60_000,
    // Runners colour by their own guess of the terminal; here they write to a pipe.
    env: { PLAYWRIGHT_JSON_OUTPUT_FILE: report, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
  });
  const reason = result.failed && result.exitCode === undefined ? `\n${ result.shortMessage }` : '';

  return { count: count(step, report, result.failed), seconds: (performance.now() - started) / 1000, output: `${ result.all }${ reason }` };
}
