/** For the tests of the stores: what is left of a store whose starter is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs `script` (a module) in a Node of its own until it has printed the process ids of a store, then kills that Node.
 * @param args `process.argv[1]` and on of the script
 * @returns the ids it printed
 */
export async function idsAfterKillOfStarter(script: string, ...args: string[]): Promise<number[]> {
  const starter = spawn(process.execPath, ['--input-type=module', '-e', `${script}; setInterval(() => {}, 1000);`, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = (await once(starter.stdout, 'data')) as [Buffer];
  starter.kill('SIGKILL');
  return text.toString().trim().split(' ').map(Number);
}
