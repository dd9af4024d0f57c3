/** The sandbox's PostgreSQL as a process of its own: starts it, writes its address to a file of the owner, ends with it. */
import { rmSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startPostgres } from '@tartware/kit/testing';

const { values } = parseArgs({ options: { data: { type: 'string' }, port: { type: 'string' }, 'url-file': { type: 'string' } } });
const { data, port, 'url-file': urlFile } = values;
if (!data || !port || !urlFile) throw new Error('needs --data, --port and --url-file');

const postgres = await startPostgres({ dataDir: data, port: Number(port), log: (line) => console.log(line) });
writeFileSync(urlFile, postgres.url, { mode: 0o600 });

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void postgres.stop());
const code = await postgres.ended;
rmSync(urlFile, { force: true });
process.exitCode = code ?? 1;
