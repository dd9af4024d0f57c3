import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPOSITORY, stateFolder } from '../../sandbox/paths.ts';
import { runningSupervisor, stopRunning } from '../../sandbox/status.ts';
import { askControl } from '../../sandbox/supervisor/control.ts';

/** A cold start builds everything first. */
const UP_WITHIN_MS = 25 * 60_000;

async function isUp(): Promise<boolean> {
  const units = await askControl(stateFolder('control.sock'), 'GET', '/status').catch(() => []);
  return units.length > 0 && units.every(({ state }) => state === 'ready' || state === 'done');
}

/** Uses the sandbox of this checkout that runs already, or starts one and stops it after the tests. */
export default async function globalSetup(): Promise<() => Promise<void>> {
  const isOurs = runningSupervisor() === undefined;
  const started = isOurs ? spawn(process.execPath, ['sandbox/cli.ts', 'start'], { cwd: REPOSITORY, stdio: ['ignore', 'inherit', 'inherit'], detached: true }) : undefined;
  started?.unref();
  const deadline = Date.now() + UP_WITHIN_MS;
  while (!(await isUp())) {
    if (started && started.exitCode !== null) throw new Error(`the sandbox did not start: it ended with code ${started.exitCode}, see its words above`);
    if (Date.now() > deadline) throw new Error(`the sandbox is not up after ${UP_WITHIN_MS / 60_000} min; npm run sandbox:status shows what is missing`);
    await sleep(1_000);
  }
  return async () => {
    if (isOurs) await stopRunning();
  };
}
