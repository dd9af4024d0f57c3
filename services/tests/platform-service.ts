/** Runs one service: in the test's process, which is quick, or as a process of its own, which can be killed. */
import { fileURLToPath } from 'node:url';
import { pino } from 'pino';
import { startService } from '@tartware/kit';
import type { Service } from '@tartware/kit';
import { serveProgram } from '@tartware/kit/testing';

export interface RunningPart {
  url: string;
  /** Process id; undefined when it runs in the test's own process. */
  pid: number | undefined;
  /** What it wrote so far; empty when it runs in the test's own process. */
  output: () => string;
  close: () => Promise<void>;
  /** At once, as a crash. @throws Error when it runs in the test's own process */
  kill: () => Promise<void>;
  /** Resolves when a program has ended by itself or by a signal. */
  exit: Promise<unknown>;
}

const mainOf = (name: string): string => fileURLToPath(new URL(`../${name}/main.ts`, import.meta.url));

/** A service's `service.ts` exports it under its name in camel case. */
async function load(name: string): Promise<Service> {
  const file = new URL(`../${name}/service.ts`, import.meta.url).href;
  const module = (await import(/* @vite-ignore */ file)) as Record<string, Service | undefined>;
  const exported = name.replace(/-(.)/g, (_dash, letter: string) => letter.toUpperCase());
  const service = module[exported] ?? Object.values(module).find((value) => value?.name === name);
  if (!service) {
    throw new Error(`services/${name}/service.ts exports no service named ${exported}.`);
  }
  return service;
}

export async function migrateService(name: string, env: NodeJS.ProcessEnv): Promise<void> {
  const service = await load(name);
  await service.migrate?.({ env, log: pino({ level: 'warn' }) });
}

export async function startInProcess(name: string, env: NodeJS.ProcessEnv): Promise<RunningPart> {
  const running = await startService(await load(name), env);
  return {
    url: running.url,
    pid: undefined,
    output: () => '',
    close: running.close,
    kill: () => Promise.reject(new Error(`${name} runs in this process and cannot be killed. Start it with { programs: ['${name}'] }.`)),
    exit: new Promise(() => undefined),
  };
}

/** @param main the service's own `main.ts` unless told */
export async function startProgram(name: string, env: NodeJS.ProcessEnv, main = mainOf(name)): Promise<RunningPart> {
  // The line that says where it serves is of level info.
  const { child, url, output, exit } = await serveProgram(main, { ...env, LOG_LEVEL: 'info' });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await exit;
  };
  return { url, pid: child.pid, output, close: () => end('SIGTERM'), kill: () => end('SIGKILL'), exit };
}
