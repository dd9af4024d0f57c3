import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort, runProgram, serveProgram } from './testing/program.ts';
import type { Program, ServingProgram } from './testing/program.ts';

const MAIN = fileURLToPath(new URL('./testing/trial-main.ts', import.meta.url));

const children: ChildProcess[] = [];

function run(args: string[], env: NodeJS.ProcessEnv): Program {
  const program = runProgram(MAIN, args, env);
  children.push(program.child);
  return program;
}

async function serve(env: NodeJS.ProcessEnv): Promise<ServingProgram> {
  const program = await serveProgram(MAIN, env);
  children.push(program.child);
  return program;
}

function countsOf({ output }: Program): { received: number; answered: number } {
  return JSON.parse(output().split('\n').find((line) => line.startsWith('{"received"')) ?? 'null') as { received: number; answered: number };
}

afterEach(() => {
  children.splice(0).forEach((child) => child.kill('SIGKILL'));
});

describe('a program made of a service', () => {
  it('names all that is wrong with its environment and exits with 78', async () => {
    const program = run(['serve'], { PORT: 'abc', SHUTDOWN_GRACE_MS: '-5' });
    expect(await program.exit).toBe(78);
    expect(program.output()).toBe([
      'trial cannot start: 2 wrong in its environment.',
      '  PORT is "abc". Set the port of the API: a whole number from 1 to 65535, or 0 for a free one.',
      '  SHUTDOWN_GRACE_MS is "-5". Set how many milliseconds a request may take to end after SIGTERM; shorter than terminationGracePeriodSeconds of the pod: a whole number from 1 to 3600000.',
      '',
    ].join('\n'));
  });

  it('knows its commands', async () => {
    const program = run(['dance'], {});
    expect(await program.exit).toBe(64);
    expect(program.output()).toContain('knows the commands serve and migrate, not "dance"');
    expect(await run(['migrate'], {}).exit).toBe(0);
  });

  it('says which port is taken and exits with 1', async () => {
    const first = await serve({ PORT: '0' });
    const program = run([], { HOST: '127.0.0.1', OPS_PORT: '0', PORT: new URL(first.url).port });
    expect(await program.exit).toBe(1);
    expect(program.output()).toContain('is taken by another process. End it, or set PORT to a free port.');
  });

  it('ends in order and with 1 after an error that nothing caught', async () => {
    const program = await serve({ PORT: '0', SHUTDOWN_GRACE_MS: '200' });
    await fetch(`${program.url}/v1/crash`);
    expect(await program.exit).toBe(1);
    expect(program.output()).toContain('nothing caught this');
    expect(countsOf(program)).toEqual({ received: 0, answered: 1 });
  });
});

describe('a rollout under load, two processes on one port', () => {
  it('loses no request that was taken and answers all with 200', async () => {
    const env = { PORT: String(await freePort()), REUSE_PORT: 'true', LOG_LEVEL: 'info', SHUTDOWN_GRACE_MS: '2000' };
    const first = await serve(env);
    const load = startLoad(first.url);
    const second = await serve(env);
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(0);
    const third = await serve(env);
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);
    await load.stop();
    third.child.kill('SIGTERM');
    expect(await third.exit).toBe(0);

    const all = [first, second, third];
    const taken = all.reduce((sum, program) => sum + countsOf(program).received, 0);
    const answered = [...load.answers.values()].reduce((sum, count) => sum + count, 0);
    expect(load.failures).toEqual([]);
    expect(all.map(({ child }) => (load.answers.get(child.pid ?? 0) ?? 0) > 0)).toEqual([true, true, true]);
    expect(answered).toBe(taken);
    expect(answered).toBeGreaterThan(500);
    // Connections that the kernel had not yet handed over when the listener closed: nobody took a request on them.
    expect(load.reconnects()).toBeLessThan(10);
  }, 60_000);
});

interface Load {
  /** How many answers of 200 came from which process. */
  answers: Map<number, number>;
  failures: string[];
  reconnects: () => number;
  stop: () => Promise<void>;
}

/** 24 clients, each sending its next request when the last is answered. One that meets a reset on a new connection, before any answer, connects again. */
function startLoad(url: string): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 24 });
  const answers = new Map<number, number>();
  const failures: string[] = [];
  let reconnects = 0;
  let stopped = false;

  async function client(): Promise<void> {
    while (!stopped) {
      const outcome = await ask(agent, `${url}/v1/work`);
      if (typeof outcome === 'number') {
        answers.set(outcome, (answers.get(outcome) ?? 0) + 1);
      } else if (outcome.fresh && outcome.reason === 'ECONNRESET') {
        reconnects += 1;
      } else {
        failures.push(outcome.reason);
      }
    }
  }

  const clients = Promise.all(Array.from({ length: 24 }, client));
  return {
    answers,
    failures,
    reconnects: () => reconnects,
    async stop() {
      stopped = true;
      await clients;
      agent.destroy();
    },
  };
}

async function ask(agent: Agent, url: string): Promise<number | { reason: string; fresh: boolean }> {
  const request = httpRequest(url, { agent }).end();
  try {
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    const body = (await json(response)) as { pid: number };
    return response.statusCode === 200 ? body.pid : { reason: `status ${response.statusCode}`, fresh: false };
  } catch (error) {
    return { reason: error instanceof Error && 'code' in error ? String(error.code) : String(error), fresh: !request.reusedSocket };
  }
}
