/**
 * The whole test suite, or the parts that are named: `node scripts/test.ts [part]…`.
 *
 * `npm test` comes here after bootstrap.mjs has seen to Node and the packages. The last line is always `N passed, N failed`;
 * the exit code is 1 if anything failed, died, or ran no test at all, and 2 for an unknown part.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { summary } from './testing/counts.ts';
import type { Count } from './testing/counts.ts';
import { runStep } from './testing/run-step.ts';
import { parts, select, steps } from './testing/steps.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

async function main(wanted: string[]): Promise<number> {
  const known = parts.filter((part) => wanted.includes(part));
  const unknown = wanted.filter((part) => !parts.some((name) => name === part));

  if (unknown.length > 0) {
    console.error(`Unknown part: ${ unknown.join(', ') }. Name one or more of ${ parts.join(', ') }, or none for all.`);

    return 2;
  }
  process.chdir(root);
  const reports = mkdtempSync(join(tmpdir(), 'tartware-test-'));
  const counts: Count[] = [];

  try {
    for (const step of select(steps(), known)) {
      console.log(`▸ ${ step.part }: ${ step.name }`);
      const { count, seconds, output } = await runStep(step, reports, root);

      counts.push(count);
      if (count.failed > 0) {
        console.log(output);
      }
      const numbers = step.counts === 'check' ? '' : `, ${ summary([count]) }`;

      console.log([`${ count.failed > 0 ? '✘' : '✔' } ${ step.part }: ${ step.name } (${ seconds.toFixed(1) } s${ numbers })`, ...count.notes].join('\n  '));
    }
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  console.log(summary(counts));

  return counts.length === 0 || counts.some(({ failed }) => failed > 0) ? 1 : 0;
}

process.exitCode = await main(process.argv.slice(2));
