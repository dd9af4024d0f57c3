/** Makes a program of a service: `serve` (default) or `migrate`, signals, exit codes. */
import closeWithGrace from 'close-with-grace';
import type { TProperties } from '@sinclair/typebox';
import { SettingsError } from './config.ts';
import { createLogger } from './log.ts';
import { startService } from './service.ts';
import type { Service } from './service.ts';

/** As sysexits.h has it: trying again without other settings is no use. */
const EXIT_SETTINGS = 78;
const EXIT_FAILED = 1;
const EXIT_USAGE = 64;

/** Runs until a signal ends it. Exit codes: 0 ended in order, 1 failed, 64 unknown command, 78 settings wrong. */
export async function runMain<Properties extends TProperties>(service: Service<Properties>, args = process.argv.slice(2), env = process.env): Promise<void> {
  const [command = 'serve'] = args;
  try {
    if (command === 'serve') {
      await serve(service, env);
    } else if (command === 'migrate') {
      const log = createLogger(service.name, 'info');
      await service.migrate?.({ env, log });
      log.info('migrated');
    } else {
      fail(service.name, `knows the commands serve and migrate, not ${JSON.stringify(command)}.`, EXIT_USAGE);
    }
  } catch (error) {
    if (error instanceof SettingsError) {
      const lines = error.problems.map(({ variable, message }) => `  ${variable} ${message}`);
      fail(service.name, `cannot start: ${error.problems.length} wrong in its environment.\n${lines.join('\n')}`, EXIT_SETTINGS);
    } else {
      const cause = error instanceof Error && error.cause instanceof Error ? `\n  ${error.cause.message}` : '';
      fail(service.name, `${error instanceof Error ? `failed: ${error.message}` : String(error)}${cause}`, EXIT_FAILED);
    }
  }
}

async function serve<Properties extends TProperties>(service: Service<Properties>, env: NodeJS.ProcessEnv): Promise<void> {
  const running = await startService(service, env);
  closeWithGrace({ delay: running.graceMs, logger: running.log }, async ({ err, signal }) => {
    if (err) {
      running.log.fatal({ err }, 'ending after an error that nothing caught');
    } else {
      running.log.info({ signal }, 'asked to end');
    }
    await running.close();
  });
}

function fail(name: string, message: string, code: number): never {
  process.stderr.write(`${name} ${message}\n`);
  process.exit(code);
}
