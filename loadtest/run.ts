/** `npm run load`: one load test against a gateway, with a table, a verdict and an exit code. */
import { writeFile } from 'node:fs/promises';
import { describeError, LoadTestError } from './errors.ts';
import { generate } from './generator.ts';
import { parseOptions, USAGE } from './options.ts';
import type { LoadOptions } from './options.ts';
import { locustPython } from './python-environment.ts';
import type { GeneratorResult } from './result.ts';
import { tableOf } from './table.ts';
import { checkTarget, demoAccount } from './target.ts';
import { judge } from './verdict.ts';
import type { Judgement } from './verdict.ts';

const EXIT_CODES = { pass: 0, fail: 1, inconclusive: 3 } as const;
/** There was no run. */
const EXIT_ERROR = 2;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));

  if (!options) {
    console.log(USAGE);

    return 0;
  }
  const account = demoAccount();

  await checkTarget(options.url, account);
  const python = await locustPython(console.log);

  console.log(`Loading ${ options.url } with ${ options.rps } requests/s for ${ options.warmupSeconds } + ${ options.durationSeconds } s …`);
  const result = await generate(python, options, account);
  const judgement = judge(options, result);

  console.log(tableOf(options, result, judgement));
  if (options.jsonFile !== undefined) await writeJson(options.jsonFile, options, result, judgement);

  return EXIT_CODES[judgement.result];
}

async function writeJson(file: string, options: LoadOptions, result: GeneratorResult, judgement: Judgement): Promise<void> {
  const document = { version: 1, options, judgement, generator: result };

  await writeFile(file, `${ JSON.stringify(document, (_key, value: unknown) => (value instanceof Map ? Object.fromEntries(value) : value), 2) }\n`).catch((error: unknown) => {
    throw new LoadTestError('JSON_NOT_WRITTEN', `The result could not be written to ${ file }: ${ String(error) }.`, 'Give --json a file in a folder that exists; the table above is the result.', { cause: error });
  });
}

// Ctrl-C reaches Locust as well, which ends the run and leaves what it has: that is still printed.
process.on('SIGINT', () => {});
try {
  process.exitCode = await main();
} catch (error) {
  console.error(describeError(error));
  process.exitCode = EXIT_ERROR;
}
