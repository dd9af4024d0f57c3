import { join } from 'node:path';
import { execa } from 'execa';
import { SandboxError } from '../errors.ts';
import { databaseUrl } from '../parts/data-stores.ts';
import { REPOSITORY } from '../paths.ts';
import { endOnAbort } from '../supervisor/cancel.ts';
import type { Step } from '../supervisor/part.ts';

/** Enough to find something on every page, and made in seconds. */
const HOTELS = ['--properties', '3', '--reservations-per-property', '300'];

/** Hotels that look lived in, for the demo tenant; those that are there already are left as they are. */
export const demoHotels: Step = {
  kind: 'step',
  name: 'demo-hotels',
  needs: ['services'],
  run: async (context, signal) => {
    signal.throwIfAborted();
    const command = execa(process.execPath, [join(REPOSITORY, 'services/seed/main.ts'), ...HOTELS], {
      reject: false, all: true, stdin: 'ignore', detached: true, env: { DATABASE_URL: databaseUrl(context) },
    });
    const over = endOnAbort(command.pid, signal);
    const { failed, all } = await command;
    await over();
    if (failed) throw new SandboxError('SEED_FAILED', `the demo hotels could not be made: ${all}`, 'see the message; npm start -- --reset begins anew');
  },
};
