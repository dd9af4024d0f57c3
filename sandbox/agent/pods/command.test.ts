import { expect, test, vi } from 'vitest';
import { baseEnvironment, commandLine } from './command.ts';

const image = { cwd: '/repo/services/core', command: ['node', 'main.ts'] };

test.each([
  ['the image alone', {}, ['node', 'main.ts']],
  ['arguments after the entry point', { args: ['serve', '--port=$(PORT)'] }, ['node', 'main.ts', 'serve', '--port=8080']],
  ['a command instead of it', { command: ['sh', '-c', 'echo $(PORT)'] }, ['sh', '-c', 'echo 8080']],
])('%s', (_, container, words) => {
  const { file, args, cwd } = commandLine({ name: 'core', ...container }, image, { PORT: '8080' });
  expect([file, ...args]).toEqual(words);
  expect(cwd).toBe('/repo/services/core');
});

test('nothing of the agent\'s environment leaks but what a process needs', () => {
  process.env.AGENT_ONLY = 'secret';
  vi.stubEnv('NODE_COMPILE_CACHE', undefined);
  expect(Object.keys(baseEnvironment({ metadata: { name: 'core-1' } })).sort()).toEqual(['HOME', 'HOSTNAME', 'LANG', 'PATH']);
  vi.unstubAllEnvs();
});

test('where Node keeps compiled code is handed on, when the agent was told', () => {
  vi.stubEnv('NODE_COMPILE_CACHE', '/cache/node');
  expect(baseEnvironment({ metadata: { name: 'core-1' } })).toMatchObject({ NODE_COMPILE_CACHE: '/cache/node' });
  vi.stubEnv('NODE_COMPILE_CACHE', undefined);
  expect(baseEnvironment({ metadata: { name: 'core-1' } })).not.toHaveProperty('NODE_COMPILE_CACHE');
  vi.unstubAllEnvs();
});
