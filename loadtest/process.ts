import { spawn } from 'node:child_process';

export interface Ended {
  /** Exit code; null when a signal ended it, or when it could not be started. */
  code: number | null;
  /** Standard output and error, as they came. */
  text: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  cwd?: string;
}

/** Runs a program to its end. A program that is not there ends with code null; this never rejects. */
export function outputOf(command: string, args: readonly string[], { env, cwd }: RunOptions = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: env ?? process.env, cwd });
    const endWithUs = () => child.kill('SIGTERM');
    let text = '';

    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => { text += chunk; });
    }
    process.once('SIGTERM', endWithUs);
    const end = (ended: Ended) => {
      process.removeListener('SIGTERM', endWithUs);
      resolve(ended);
    };

    child.once('error', (error) => end({ code: null, text: error.message }));
    child.once('close', (code) => end({ code, text }));
  });
}
