import { existsSync, globSync } from 'node:fs';
import { dirname } from 'node:path';

/** The parts of the suite that `npm test -- <part>…` can name, in the order in which they run. */
export const parts = ['lint', 'typecheck', 'unit', 'integration', 'build', 'e2e'] as const;
export type Part = (typeof parts)[number];

export interface Step {
  part: Part;
  name: string;
  /** File and arguments, run in the repository's root. `{report}` stands for the file that the JSON report goes to. */
  command: [string, ...string[]];
  /** What to count: the process as one check, or the tests of a runner by its JSON report. */
  counts: 'check' | 'vitest' | 'playwright';
  /** A step that takes longer hangs: it is ended and has failed. */
  minutes: number;
}

const bin = (name: string): string => `node_modules/.bin/${ name }`;

/** `tsc` for every folder that has its own tsconfig.json, `vue-tsc` where there are components; results are cached between runs. */
function typecheck(config: string): Step {
  const folder = dirname(config);
  const compiler = globSync(`${ folder === '.' ? 'scripts' : folder }/**/*.vue`, { exclude: (path) => path.includes('node_modules') }).length > 0 ? 'vue-tsc' : 'tsc';
  const cache = `node_modules/.cache/typecheck/${ folder.replaceAll('/', '-') }.tsbuildinfo`;

  return {
    part: 'typecheck',
    name: `${ compiler } ${ folder }`,
    command: [bin(compiler), '-p', config, '--noEmit', '--incremental', '--tsBuildInfoFile', cache],
    counts: 'check',
    minutes: 5,
  };
}

function vitest(part: Part, project: string, minutes: number): Step {
  const reporters = ['--reporter=default', '--reporter=json', '--outputFile.json={report}'];

  return { part, name: `vitest ${ part }`, command: [bin('vitest'), 'run', `--project=${ project }`, ...reporters], counts: 'vitest', minutes };
}

function lint(): Step[] {
  const eslint = [bin('eslint'), '.', '--max-warnings=0', '--cache', '--cache-location', 'node_modules/.cache/eslint/'] as const;
  const shellScripts = globSync('scripts/**/*.sh');
  const steps: Step[] = [{ part: 'lint', name: 'eslint', command: [...eslint], counts: 'check', minutes: 5 }];

  if (shellScripts.length > 0) {
    steps.push({ part: 'lint', name: 'shellcheck', command: ['shellcheck', ...shellScripts], counts: 'check', minutes: 1 });
  }

  return steps;
}

function build(): Step[] {
  const steps: Step[] = [{ part: 'build', name: 'extension', command: ['npm', 'run', 'build:extension'], counts: 'check', minutes: 10 }];

  if (existsSync('bench/bundle.ts')) {
    steps.push({ part: 'build', name: 'bundle budget', command: [process.execPath, 'bench/bundle.ts'], counts: 'check', minutes: 1 });
  }

  return steps;
}

function e2e(): Step[] {
  const config = 'e2e/playwright.config.ts';

  return existsSync(config)
    ? [{ part: 'e2e', name: 'Playwright', command: [bin('playwright'), 'test', '-c', config, '--reporter=list,json'], counts: 'playwright', minutes: 40 }]
    : [];
}

/** All steps of the suite as the checkout in the working directory has them. */
export function steps(): Step[] {
  return [
    ...lint(),
    ...globSync(['tsconfig.json', '{sandbox,loadtest,e2e,bench,services}/tsconfig.json', '{pkg,services}/*/tsconfig.json']).sort().map(typecheck),
    vitest('unit', '!integration', 15),
    vitest('integration', 'integration', 40),
    ...build(),
    ...e2e(),
  ];
}
