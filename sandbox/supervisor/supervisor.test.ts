import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_PORTS } from '../ports.ts';
import { endOnAbort } from './cancel.ts';
import { inOrder, type Context, type Part, type Step, type Unit } from './part.ts';
import { endLeftovers, isAlive, processStart, readRunFile } from './processes.ts';
import { Supervisor } from './supervisor.ts';

let folder: string;
let context: Context;
let supervisor: Supervisor | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tartware-supervisor-'));
  context = { address: '192.0.2.1', ports: DEFAULT_PORTS, bin: folder, state: (...segments) => join(folder, ...segments), values: 'live' };
});
afterEach(async () => {
  await supervisor?.stop();
  supervisor = undefined;
  rmSync(folder, { recursive: true });
});

/** A part that is a real shell process. */
function shellPart(name: string, script: string, more: Partial<Part> = {}): Part {
  return {
    kind: 'part',
    name,
    needs: [],
    ports: [],
    readyWithinMs: 5_000,
    stopWithinMs: 2_000,
    command: () => ({ file: 'sh', args: ['-c', script], env: { FOLDER: folder } }),
    isReady: async () => existsSync(join(folder, name)),
    ...more,
  };
}

const touchAndWait = (name: string): string => `touch "$FOLDER/${name}"; exec sleep 60`;

function supervise(...units: Unit[]): Supervisor {
  supervisor = new Supervisor(units, context);
  return supervisor;
}

function stateOf(name: string): string | undefined {
  return supervisor?.status().find((unit) => unit.name === name)?.state;
}

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 200 && !condition(); i++) await sleep(50);
  expect(condition()).toBe(true);
}

describe('the order of units', () => {
  it('refuses a circle and an unknown need', () => {
    expect(() => inOrder([shellPart('a', '', { needs: ['b'] }), shellPart('b', '', { needs: ['a'] })])).toThrow('a → b → a');
    expect(() => inOrder([shellPart('a', '', { needs: ['x'] })])).toThrow('a needs x');
  });

  it('starts a unit when what it needs is ready, and stops in reverse', async () => {
    const order: string[] = [];
    const step: Step = { kind: 'step', name: 'step', needs: ['first'], run: async () => void order.push(`step with first ${stateOf('first')}`) };
    const started = supervise(shellPart('second', touchAndWait('second'), { needs: ['step'] }), step, shellPart('first', touchAndWait('first')));
    started.on('state', ({ name, state }) => void (state === 'stopped' && order.push(`${name} stopped`)));
    await started.start();
    await started.stop();
    expect(order).toEqual(['step with first ready', 'second stopped', 'first stopped']);
  });
});

describe('a part that will not start', () => {
  it('that never becomes ready is reported with the last lines of its log', async () => {
    const part = shellPart('silent', 'echo waiting for a sign; exec sleep 60', { readyWithinMs: 400 });
    await expect(supervise(part).start()).rejects.toMatchObject({ code: 'PART_NOT_READY', message: expect.stringContaining('waiting for a sign'), hint: expect.stringContaining('silent.log') });
  });

  it('whose program is missing is reported, not waited for without end', async () => {
    const part = shellPart('missing', '', { command: () => ({ file: join(folder, 'no-such-program'), args: [] }), readyWithinMs: 500 });
    const started = supervise(part);
    const messages: string[] = [];
    started.on('died', (_name, message) => messages.push(message));
    await expect(started.start()).rejects.toMatchObject({ code: 'PART_NOT_READY' });
    expect(messages[0]).toContain('no-such-program');
  });

  it('keeps what needs it from starting', async () => {
    let ran = false;
    const step: Step = { kind: 'step', name: 'after', needs: ['silent'], run: async () => void (ran = true) };
    await expect(supervise(shellPart('silent', 'exec sleep 60', { readyWithinMs: 200 }), step).start()).rejects.toThrow();
    expect(ran).toBe(false);
  });
});

describe('a part that dies later', () => {
  it('is started again, and says how it ended', async () => {
    const started = supervise(shellPart('mortal', `echo last words; ${touchAndWait('mortal')}`));
    const messages: string[] = [];
    started.on('died', (_name, message) => messages.push(message));
    await started.start();
    const pid = started.status()[0]?.pid ?? 0;
    process.kill(pid, 'SIGKILL');
    await until(() => stateOf('mortal') === 'ready' && started.status()[0]?.pid !== undefined && started.status()[0]?.pid !== pid);
    expect(started.status()[0]?.restarts).toBe(1);
    expect(messages[0]).toMatch(/SIGKILL[^]*last words/);
  });

  it('stays stopped when it was stopped on purpose, until it is started', async () => {
    const started = supervise(shellPart('optional', touchAndWait('optional')));
    await started.start();
    await started.stopPart('optional');
    expect(stateOf('optional')).toBe('stopped');
    await started.startPart('optional');
    expect(stateOf('optional')).toBe('ready');
    await expect(started.stopPart('other')).rejects.toMatchObject({ code: 'UNKNOWN_PART', hint: expect.stringContaining('optional') });
  });
});

describe('a part that is started twice', () => {
  /** Each process of the part writes its id down. */
  const counted = (name: string): string => `echo $$ >> "$FOLDER/pids"; ${touchAndWait(name)}`;
  const pids = (): number[] => readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').map(Number);
  const living = (): number[] => pids().filter((pid) => processStart(pid) !== undefined);

  it('while it restarts, has one process, and both who wait get it', async () => {
    const started = supervise(shellPart('twice', counted('twice')));
    await started.start();
    process.kill(started.status()[0]?.pid ?? 0, 'SIGKILL');
    await until(() => stateOf('twice') === 'restarting');
    await started.startPart('twice');
    expect(stateOf('twice')).toBe('ready');
    await sleep(1_500);
    expect(pids()).toHaveLength(2);
    expect(living()).toEqual([started.status()[0]?.pid]);
  });

  it('after a stop within the delay of a restart, leaves no second process behind', async () => {
    const started = supervise(shellPart('twice', counted('twice')));
    await started.start();
    process.kill(started.status()[0]?.pid ?? 0, 'SIGKILL');
    await until(() => stateOf('twice') === 'restarting');
    await started.stopPart('twice');
    await started.startPart('twice');
    await sleep(1_500);
    expect(living()).toHaveLength(1);
    await started.stop();
    expect(living()).toEqual([]);
  });

  it('by two at the same time, while it still stops, has one process', async () => {
    const script = `trap 'sleep 0.5; exit' TERM; echo $$ >> "$FOLDER/pids"; touch "$FOLDER/twice"; while :; do sleep 0.1; done`;
    const started = supervise(shellPart('twice', script));
    await started.start();
    const [first = 0] = pids();
    let overlaps = false;
    started.on('state', ({ state }) => (overlaps ||= state === 'starting' && processStart(first) !== undefined));
    const stopping = started.stopPart('twice');
    await Promise.all([started.startPart('twice'), started.startPart('twice'), stopping]);
    expect(living()).toEqual([started.status()[0]?.pid]);
    expect(pids()).toHaveLength(2);
    expect(overlaps).toBe(false);
  });
});

describe('a part that comes up no more', () => {
  it('fails when a restart is not ready in time, with its process ended, and can be started later', async () => {
    const script = `echo $$ >> "$FOLDER/pids"; ${touchAndWait('late')}`;
    let answers = true;
    const started = supervise(shellPart('late', script, { readyWithinMs: 500, isReady: async () => answers && existsSync(join(folder, 'late')) }));
    const messages: [string, boolean][] = [];
    started.on('died', (_name, message, final) => messages.push([message, final]));
    await started.start();
    answers = false;
    process.kill(started.status()[0]?.pid ?? 0, 'SIGKILL');
    await until(() => stateOf('late') === 'failed' && messages.length === 2);
    expect(messages[1]).toEqual([expect.stringContaining('late was not ready within 0.5 s'), true]);
    expect(started.status()[0]?.pid).toBeUndefined();
    expect(processStart(Number(readFileSync(join(folder, 'pids'), 'utf8').trim().split('\n').at(-1)))).toBeUndefined();
    answers = true;
    await started.startPart('late');
    expect(stateOf('late')).toBe('ready');
  });

  it('says at once that it was stopped, to who waits for its start', async () => {
    const started = supervise(shellPart('slow', 'exec sleep 60', { readyWithinMs: 60_000 }));
    const starting = expect(started.start()).rejects.toMatchObject({ code: 'PART_NOT_READY', message: expect.stringContaining('was stopped') });
    await until(() => stateOf('slow') === 'starting');
    await started.stopPart('slow');
    await starting;
    expect(stateOf('slow')).toBe('stopped');
  });
});

describe('stopping', () => {
  it('ends the whole process group, also one that ignores SIGTERM', async () => {
    const script = 'trap "" TERM; sleep 60 & echo $! > "$FOLDER/child"; touch "$FOLDER/stubborn"; while :; do sleep 0.1; done';
    const started = supervise(shellPart('stubborn', script, { stopWithinMs: 300 }));
    await started.start();
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'));
    await started.stop();
    expect(processStart(child)).toBeUndefined();
    expect(existsSync(join(folder, 'run.json'))).toBe(false);
  });
});

describe('stopping while a step runs', () => {
  /** A step whose command starts another one and waits for it, as the script of a build does. */
  const building = (): Step => ({
    kind: 'step',
    name: 'build',
    needs: ['first'],
    run: async (_context, signal) => {
      const command = execa('sh', ['-c', 'sleep 60 & echo $! > "$FOLDER/child"; touch "$FOLDER/building"; wait'], { env: { FOLDER: folder }, reject: false, detached: true });
      const over = endOnAbort(command.pid, signal);
      await command;
      await over();
      throw new Error('not reached: the signal aborted');
    },
  });
  const child = (): number => Number(readFileSync(join(folder, 'child'), 'utf8'));

  it('cancels its command with all that it started, quietly, before what the step needs is stopped', async () => {
    const started = supervise(shellPart('first', touchAndWait('first')), building(), shellPart('after', touchAndWait('after'), { needs: ['build'] }));
    const order: string[] = [];
    started.on('state', ({ name, state }) => void (state === 'stopped' && order.push(name)));
    const up = started.start();
    await until(() => existsSync(join(folder, 'building')));
    await started.stop();
    expect(await up).toBe(false);
    expect(processStart(child())).toBeUndefined();
    expect(order).toEqual(['build', 'first']);
    expect(stateOf('after')).toBe('waiting');
  });

  it('also after another unit failed', async () => {
    const broken: Step = { kind: 'step', name: 'broken', needs: [], run: async () => until(() => existsSync(join(folder, 'building'))).then(() => Promise.reject(new Error('no luck'))) };
    const started = supervise(shellPart('first', touchAndWait('first')), building(), broken);
    await expect(started.start()).rejects.toMatchObject({ code: 'STEP_FAILED', message: expect.stringContaining('no luck') });
    expect(stateOf('build')).toBe('starting');
    await started.stop();
    expect(stateOf('build')).toBe('stopped');
    expect(processStart(child())).toBeUndefined();
  });
});

describe('after a crash of the supervisor', () => {
  it('the next start ends what was left, and nothing that only has the same id', async () => {
    const started = supervise(shellPart('orphan', touchAndWait('orphan')));
    await started.start();
    const runFile = join(folder, 'run.json');
    const record = readRunFile(runFile);
    const orphan = record?.processes[0];
    if (!record || !orphan) throw new Error('nothing recorded');
    expect(isAlive({ ...orphan, startedAt: 'Thu Jan  1 00:00:00 1970' })).toBe(false);
    started.removeAllListeners();
    await started.stopPart('orphan');

    const copy = supervise(shellPart('orphan', touchAndWait('orphan')));
    await copy.start();
    const living = readRunFile(runFile)?.processes[0];
    expect(await endLeftovers(runFile)).toEqual(['orphan']);
    expect(living && isAlive(living)).toBe(false);
    await copy.stop();
    expect(await endLeftovers(runFile)).toEqual([]);
  });

  it('a run file that was cut off while written is no obstacle', async () => {
    const path = join(folder, 'run.json');
    writeFileSync(path, '{"supervisor":');
    expect(readRunFile(path)).toBeUndefined();
    expect(await endLeftovers(path)).toEqual([]);
  });
});
