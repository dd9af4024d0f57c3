import { defineDomainService } from '@tartware/kit/domain-service';
import type { Service } from '@tartware/kit';
import { consumersOf } from './consumers.ts';
import type { Engine } from './operations/carry.ts';
import { offerWhatIsFree } from './operations/offers.ts';
import type { StepHook } from './operations/operation.ts';
import { purgeOld, sweep } from './operations/sweep.ts';
import { groupRoutes } from './routes/groups.ts';
import { internalBusinessDayRoutes } from './routes/internal-business-days.ts';
import { reservationRoutes } from './routes/reservations.ts';
import { stayRoutes } from './routes/stays.ts';
import { waitlistRoutes } from './routes/waitlist.ts';

const SWEEP_EVERY_MS = 2_000;
const OFFER_EVERY_MS = 3_000;
const PURGE_EVERY_MS = 10 * 60_000;

/** @param step for the tests that end the process in the middle of an operation; nothing in production */
export function reservationsService(step: StepHook = () => undefined): Service {
  return defineDomainService({
    name: 'reservations',
    migrations: new URL('./migrations/', import.meta.url),
    calls: ['core', 'rooms', 'guests', 'housekeeping', 'billing', 'settings'],
    start({ database, services, cache, log }) {
      const engine: Engine = { database, services, cache, log, step };
      return {
        routes(app) {
          reservationRoutes(app, engine);
          stayRoutes(app, engine);
          groupRoutes(app, engine);
          waitlistRoutes(app, engine);
        },
        internalRoutes(app) {
          internalBusinessDayRoutes(app, engine);
        },
        consumers: consumersOf(cache),
        jobs: [
          { name: 'sweep', everyMs: SWEEP_EVERY_MS, run: (signal) => sweep(engine, signal) },
          { name: 'waitlist', everyMs: OFFER_EVERY_MS, run: (signal) => offerWhatIsFree(engine, signal) },
          { name: 'purge', everyMs: PURGE_EVERY_MS, run: () => purgeOld(engine) },
        ],
      };
    },
  });
}

export const reservations = reservationsService();
