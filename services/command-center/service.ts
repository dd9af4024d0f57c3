import { Type } from '@sinclair/typebox';
import { defineDomainService } from '@tartware/kit/domain-service';
import { listOf } from '@tartware/kit/domain-settings';
import { createPublisher } from '@tartware/kit/publisher';
import { createAnalytics } from './analytics/clickhouse.ts';
import { analyticsConsumers } from './analytics/consumers.ts';
import { analyticsRoutes } from './analytics/routes.ts';
import { CALLEES } from './commands/catalogue.ts';
import { commandRoutes } from './commands/routes.ts';
import { scheduleRoutes } from './commands/schedule-routes.ts';
import { runSchedules } from './commands/schedules.ts';
import { forgetOldCommands } from './commands/store.ts';
import { startWorker } from './commands/worker.ts';
import { deadLetterConsumers } from './dead-letters/consumers.ts';
import { deadLetterRoutes } from './dead-letters/routes.ts';

/** A schedule's command comes this late at most. */
const SCHEDULES_EVERY_MS = 1_000;
const FORGET_EVERY_MS = 60_000;

export const commandCenter = defineDomainService({
  name: 'command-center',
  migrations: new URL('./migrations/', import.meta.url),
  calls: CALLEES,
  settings: {
    CLICKHOUSE_URL: Type.String({ default: '', format: 'http-url-or-nothing', secret: true, description: 'Set the address of ClickHouse, such as http://clickhouse:8123; nothing to do without analytics.' }),
  },
  start: ({ settings, database, services, log }) => {
    const worker = startWorker({ database, services, log });
    const brokers = listOf(settings.KAFKA_BROKERS);
    const publisher = brokers.length > 0 ? createPublisher(brokers, 'command-center-replay') : undefined;
    const analytics = settings.CLICKHOUSE_URL === '' ? undefined : createAnalytics(settings.CLICKHOUSE_URL);
    return {
      routes(app) {
        commandRoutes(app, database, worker);
        scheduleRoutes(app, database);
        deadLetterRoutes(app, database, publisher);
        analyticsRoutes(app, analytics);
      },
      consumers: [...deadLetterConsumers(), ...(analytics ? analyticsConsumers(analytics) : [])],
      checks: analytics ? [analytics.check] : [],
      jobs: [{
        name: 'schedules',
        everyMs: SCHEDULES_EVERY_MS,
        run: async () => {
          if ((await runSchedules(database)) > 0) worker.wake();
        },
      }, { name: 'forget-commands', everyMs: FORGET_EVERY_MS, run: () => forgetOldCommands(database) }],
      async close() {
        await Promise.all([worker.close(), publisher?.close(), analytics?.close()]);
      },
    };
  },
});
