/**
 * Reservations as it is, but that it ends as by `kill -9` at the step which the file named by CRASH_FILE holds, such as `reserve.called`; an empty or missing
 * file: at none. For tests alone: the service's own `main.ts` knows no such steps.
 */
import { readFileSync } from 'node:fs';
import { runMain } from '@tartware/kit';
import { reservationsService } from '../reservations/service.ts';

const file = process.env['CRASH_FILE'] ?? '';

await runMain(reservationsService((step) => {
  if (readFileSync(file, 'utf8') !== step) return undefined;
  process.kill(process.pid, 'SIGKILL');
  // Nothing more is done until the signal has arrived.
  return new Promise(() => undefined);
}));
