/** `npm run seed -- --properties N`: see --help. Exit code 2 for a wrong option, 1 when it could not be done. */
import { SeedError } from './errors.ts';
import { HELP, readOptions } from './options.ts';
import { seed } from './seed.ts';

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), process.env);
  if (!options) {
    console.log(HELP);
    return;
  }
  const began = performance.now();
  const { known, reservations, rows } = await seed({ ...options, progress: (line) => console.error(line) });
  const seconds = (performance.now() - began) / 1_000;
  console.log(JSON.stringify({ properties: options.properties, known, reservations, rows, seconds: Number(seconds.toFixed(1)), reservations_a_minute: Math.round((reservations / seconds) * 60) }));
}

main().catch((error: unknown) => {
  if (!(error instanceof SeedError)) throw error;
  console.error(`${error.code}: ${error.message}\n  → ${error.hint}`);
  process.exitCode = error.code === 'option_wrong' ? 2 : 1;
});
