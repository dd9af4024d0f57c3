import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '../paths.ts';
import type { Context, Part } from '../supervisor/part.ts';

function urlFile({ state }: Context): string {
  return state('postgres.url');
}

/** The owner's connection string of the running PostgreSQL; it holds the password. */
export function databaseUrl(context: Context): string {
  return readFileSync(urlFile(context), 'utf8');
}

const postgres: Part = {
  kind: 'part',
  name: 'postgres',
  needs: [],
  ports: ['postgres'],
  readyWithinMs: 60_000,
  stopWithinMs: 20_000,
  command: (context) => {
    // One that a crash left behind names a server that is gone.
    rmSync(urlFile(context), { force: true });
    return {
      file: process.execPath,
      args: [
        join(REPOSITORY, 'sandbox', 'data', 'postgres.ts'),
        `--data=${context.state('postgres')}`,
        `--port=${context.ports.postgres}`,
        `--url-file=${urlFile(context)}`,
      ],
    };
  },
  // The file is written once a client could connect.
  isReady: async (context) => existsSync(urlFile(context)),
};

export const DATA_STORES: readonly Part[] = [postgres];
