import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The parts of the suite that `npm test -- <part>…` can name, in the order in which they run. */
export const parts = ['lint', 'typecheck', 'tools', 'unit', 'integration', 'build', 'e2e'] as const;
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

/** The check that a workspace brings itself, else `tsc` for its tsconfig.json, which remembers what it checked between runs. */
function typecheck(config: string): Step {
  const folder = dirname(config);
  const manifestPath = join(folder, 'package.json');
  const manifest: { scripts?: Record<string, string> } = folder !== '.' && existsSync(manifestPath) ? JSON.parse(readFileSync(manifestPath, 'utf8')) : {};
  const cache = `node_modules/.cache/typecheck/${ folder.replaceAll('/', '-') }.tsbuildinfo`;

  return {
    part: 'typecheck',
    name: folder,
    command: manifest.scripts?.typecheck === undefined
      ? [bin('tsc'), '-p', config, '--noEmit', '--incremental', '--tsBuildInfoFile', cache]
      : ['npm', 'run', 'typecheck', '--workspace', folder],
    counts: 'check',
    minutes: 5,
  };
}

function vitest(part: Part, project: string, minutes: number): Step {
  const reporters = ['--reporter=default', '--reporter=json', '--outputFile.json={report}'];

  return { part, name: `vitest ${ part }`, command: [bin('vitest'), 'run', `--project=${ project }`, ...reporters], counts: 'vitest', minutes };
}

function lint(): Step[] {
  const check = (name: string, command: Step['command'], minutes: number): Step => ({ part: 'lint', name, command, counts: 'check', minutes });
  const shellScripts = globSync('scripts/**/*.sh');

  return [
    check('eslint', [bin('eslint'), '.', '--max-warnings=0', '--cache', '--cache-location', 'node_modules/.cache/eslint/'], 5),
    check('links of the documents', [bin('remark'), '--frail', '--quiet', '--ignore-path', '.gitignore', '.'], 1),
    ...(shellScripts.length > 0 ? [check('shellcheck', ['shellcheck', '--external-sources', ...shellScripts], 1)] : []),
  ];
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
    ...globSync(['tsconfig.json', '{charts,sandbox,loadtest,e2e,bench,scripts}/tsconfig.json', '{pkg,services}/*/tsconfig.json']).sort().map(typecheck),
    { part: 'tools', name: 'Go parts of the sandbox, kinds of other projects', command: [process.execPath, 'scripts/build-tools.ts'], counts: 'check', minutes: 40 },
    vitest('unit', '!integration', 15),
    vitest('integration', 'integration', 40),
    ...build(),
    ...e2e(),
  ];
}

const needTools: readonly Part[] = ['unit', 'integration', 'e2e'];

/** The steps that the named parts consist of, with the tools that tests need; all steps when no part is named. */
export function select(all: Step[], wanted: readonly Part[]): Step[] {
  const names = new Set(wanted.some((part) => needTools.includes(part)) ? [...wanted, 'tools'] : wanted);

  return names.size === 0 ? all : all.filter(({ part }) => names.has(part));
}
