import { isAlive, readRunFile, type RecordedProcess } from './supervisor/processes.ts';
import { SandboxError } from './errors.ts';
import { stateFolder } from './paths.ts';
import { askControl } from './supervisor/control.ts';

/** The supervisor of this checkout's sandbox, when one runs. */
export function runningSupervisor(): RecordedProcess | undefined {
  const supervisor = readRunFile(stateFolder('run.json'))?.supervisor;
  return supervisor && isAlive(supervisor) ? supervisor : undefined;
}

/** Prints a line per part and step of the running sandbox. */
export async function showStatus(): Promise<void> {
  const units = await askControl(stateFolder('control.sock'), 'GET', '/status');
  const width = Math.max(...units.map(({ name }) => name.length));
  for (const { name, state, pid, ports, restarts, log } of units) {
    const details = [
      pid === undefined ? '' : `pid ${pid}`,
      ports.length > 0 ? `port ${ports.join(', ')}` : '',
      restarts > 0 ? `restarted ${restarts} times` : '',
      pid === undefined ? '' : log,
    ].filter(Boolean);
    console.log(`${name.padEnd(width)}  ${state.padEnd(10)}  ${details.join(' · ')}`.trimEnd());
  }
}

const STOP_WITHIN_MS = 120_000;

/**
 * Stops the running sandbox of this checkout and waits until it is gone.
 * @throws SandboxError NOT_RUNNING, STOP_TIMED_OUT
 */
export async function stopRunning(): Promise<void> {
  const supervisor = runningSupervisor();
  if (!supervisor) throw new SandboxError('NOT_RUNNING', 'no sandbox of this checkout is running', 'start one with npm start');
  process.kill(supervisor.pid, 'SIGTERM');
  const deadline = Date.now() + STOP_WITHIN_MS;
  while (isAlive(supervisor)) {
    if (Date.now() > deadline) throw new SandboxError('STOP_TIMED_OUT', `the sandbox (pid ${supervisor.pid}) still runs after ${STOP_WITHIN_MS / 1000} s`, 'see npm run sandbox:status for the part that hangs');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}
