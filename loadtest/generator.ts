import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LoadTestError } from './errors.ts';
import type { LoadOptions } from './options.ts';
import { outputOf } from './process.ts';
import { parseResult } from './result.ts';
import type { GeneratorResult } from './result.ts';
import type { Account } from './target.ts';

const LOCUSTFILE = fileURLToPath(new URL('locust/locustfile.py', import.meta.url));

/** One run of Locust, to its end. @throws LoadTestError GENERATOR_FAILED, RESULT_MALFORMED */
export async function generate(python: string, options: LoadOptions, account: Account): Promise<GeneratorResult> {
  const folder = await mkdtemp(join(tmpdir(), 'tartware-load-'));
  const resultFile = join(folder, 'result.json');

  try {
    const { code, text } = await outputOf(python, await argumentsFor(options), { env: { ...process.env, ...environmentFor(options, account, resultFile) } });
    const result = await readFile(resultFile, 'utf8').catch(() => undefined);

    if (result === undefined) {
      throw new LoadTestError('GENERATOR_FAILED', `Locust ended with ${ code ?? 'a signal' } and no result. Its last lines:\n${ lastLines(text) }`, 'Its message above says what it lacked.');
    }

    return parseResult(result);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function argumentsFor({ url, processes }: LoadOptions): Promise<string[]> {
  const port = String(await freePort());
  // Headless is safe here: the users are done before the end, so no answer is on its way when the workers quit.
  const distributed = processes > 1 ? ['--processes', String(processes), '--master-bind-host', '127.0.0.1', '--master-bind-port', port, '--master-port', port] : [];

  return ['-m', 'locust', '-f', LOCUSTFILE, '--headless', '--host', url, '--only-summary', '--stop-timeout', '10', '--exit-code-on-error', '0', ...distributed];
}

function environmentFor({ rps, durationSeconds, warmupSeconds, users, processes }: LoadOptions, { email, password }: Account, resultFile: string): NodeJS.ProcessEnv {
  return {
    LOAD_RPS: String(rps),
    LOAD_DURATION_S: String(durationSeconds),
    LOAD_WARMUP_S: String(warmupSeconds),
    LOAD_USERS: String(users),
    LOAD_PROCESSES: String(processes),
    LOAD_EMAIL: email,
    LOAD_PASSWORD: password,
    LOAD_RESULT_FILE: resultFile,
    // Compiled files would lie about in the source folder.
    PYTHONDONTWRITEBYTECODE: '1',
  };
}

/** For the workers to find their master: Locust's own default may be taken by another run. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();

      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port'))));
    });
  });
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-10).join('\n');
}
