import { describeError } from '../errors.ts';
import { startAgent } from './agent.ts';
import { parseOptions } from './options.ts';

function log(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

try {
  const stop = await startAgent(parseOptions(process.argv.slice(2)), log);
  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping) return;
      stopping = true;
      log(`${signal}: ending pods`);
      void stop().then(() => process.exit(0), (error: unknown) => {
        log(describeError(error));
        process.exit(1);
      });
    });
  }
} catch (error) {
  log(describeError(error));
  process.exit(1);
}
