import { describeError } from '../errors.ts';
import { startAgent } from './agent.ts';
import { parseOptions } from './options.ts';

function log(line: string): void {
  console.log(`${new Date().toISOString()} ${line}`);
}

function fail(error: unknown): never {
  log(describeError(error));
  process.exit(1);
}

async function run(): Promise<void> {
  const starting = startAgent(parseOptions(process.argv.slice(2)), log);
  // Before the start is over: what it has started by then has to be ended too.
  const asked = new Promise<string>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, resolve);
  });
  const stop = await starting;
  log(`${await asked}: ending pods`);
  await stop();
  process.exit(0);
}

await run().catch(fail);
