import { defineDomainService } from '@tartware/kit/domain-service';
import { CALLEES } from './commands/catalogue.ts';
import { commandRoutes } from './commands/routes.ts';
import { scheduleRoutes } from './commands/schedule-routes.ts';
import { runSchedules } from './commands/schedules.ts';
import { startWorker } from './commands/worker.ts';

/** A schedule's command comes this late at most. */
const SCHEDULES_EVERY_MS = 1_000;

export const commandCenter = defineDomainService({
  name: 'command-center',
  migrations: new URL('./migrations/', import.meta.url),
  calls: CALLEES,
  start: ({ database, services, log }) => {
    const worker = startWorker({ database, services, log });
    return {
      routes(app) {
        commandRoutes(app, database, worker);
        scheduleRoutes(app, database);
      },
      jobs: [{
        name: 'schedules',
        everyMs: SCHEDULES_EVERY_MS,
        run: async () => {
          if ((await runSchedules(database)) > 0) worker.wake();
        },
      }],
      close: worker.close,
    };
  },
});
