import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../testing/folder.ts';
import { Processes, runCommand, type LocalProcess } from './processes.ts';
import { isAlive } from './testing/objects.ts';

let folder: string;
let processes: Processes;

beforeEach(() => {
  folder = temporaryFolder();
  processes = new Processes(join(folder, 'agent.json'), () => undefined);
});

const command = (script: string): Parameters<Processes['start']>[1] => ({ file: 'sh', args: ['-c', script], cwd: folder, env: { PATH: process.env.PATH ?? '' } });
const start = (script: string): LocalProcess => processes.start('test', command(script), join(folder, '0.log'));
const log = (): string => readFileSync(join(folder, '0.log'), 'utf8');

test('a process ends with its code, and its log holds both outputs', async () => {
  await expect(start('echo out; echo err >&2; exit 7').exited).resolves.toEqual({ exitCode: 7 });
  expect(log()).toMatch(/ stdout F out\n/);
  expect(log()).toMatch(/ stderr F err\n/);
});

test('a signal counts as 128 and its number', async () => {
  const running = start('sleep 60');
  running.signal('SIGTERM');
  await expect(running.exited).resolves.toEqual({ exitCode: 143, signal: 15 });
});

test('a program that is not there is an exit, not an error', async () => {
  const running = processes.start('test', { ...command(''), file: 'no-such-program' }, join(folder, '0.log'));
  await expect(running.exited).resolves.toMatchObject({ exitCode: 128, startError: expect.stringContaining('no-such-program') });
});

test('what a process leaves behind ends with it, even when it holds the output open', async () => {
  const running = start(`sleep 60 & echo $! > ${folder}/child; exit 0`);
  await running.exited;
  expect(isAlive(Number(readFileSync(join(folder, 'child'), 'utf8')))).toBe(false);
});

test('a later agent ends what an earlier one left, and nothing else', async () => {
  const left = start('sleep 60');
  const stranger = new Processes(join(folder, 'other.json'), () => undefined).start('stranger', command('sleep 60'), join(folder, '1.log'));
  await expect(Processes.endLeftovers(join(folder, 'agent.json'))).resolves.toEqual(['test']);
  await left.exited;
  expect(isAlive(stranger.pid ?? Number.NaN)).toBe(true);
  stranger.kill();
  await stranger.exited;
});

test('a command of a probe is killed when its time is over', async () => {
  const started = Date.now();
  await expect(runCommand(command('exec sleep 60'), 100)).resolves.toMatchObject({ exitCode: 137 });
  expect(Date.now() - started).toBeLessThan(5_000);
});

test('nothing is remembered of processes that have ended', async () => {
  await start('exit 0').exited;
  await vi.waitFor(() => expect(readFileSync(join(folder, 'agent.json'), 'utf8')).toContain('"processes": []'));
  processes.forget();
  await sleep(1);
  expect(existsSync(join(folder, 'agent.json'))).toBe(false);
});
