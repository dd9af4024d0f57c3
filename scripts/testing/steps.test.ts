import { globSync } from 'node:fs';
import { expect, test } from 'vitest';
import { select, steps } from './steps.ts';

const all = steps();

test('every folder that has TypeScript is type-checked', () => {
  const sources = globSync(['{pkg,services}/*/**/*.ts', '{charts,sandbox,loadtest,e2e,bench}/**/*.ts'], { exclude: (path) => path.includes('node_modules') });
  const workspaces = new Set(sources.map((path) => /^(?:(?:pkg|services)\/)?[^/]+/.exec(path)?.[0]));

  expect(all.filter(({ part }) => part === 'typecheck').map(({ name }) => name)).toEqual(expect.arrayContaining([...workspaces]));
});

test('a named part runs alone, in the order of the suite', () => {
  expect(select(all, ['build', 'lint']).map(({ part }) => part)).toEqual(all.map(({ part }) => part).filter((part) => part === 'lint' || part === 'build'));
});

test('a part with tests brings the tools that they run', () => {
  expect(select(all, ['unit']).map(({ part }) => part)).toEqual(['tools', 'unit']);
});

test('without a name everything runs', () => {
  expect(select(all, [])).toEqual(all);
});
