import { defineDomainService } from '@tartware/kit/domain-service';
import { consentRoutes } from './routes/consents.ts';
import { guestRoutes } from './routes/guests.ts';
import { internalGuestRoutes } from './routes/internal-guests.ts';
import { privacyRoutes } from './routes/privacy.ts';

export const guests = defineDomainService({
  name: 'guests',
  migrations: new URL('./migrations/', import.meta.url),
  calls: ['reservations', 'billing'],
  start: ({ database, services }) => ({
    routes(app) {
      guestRoutes(app, database);
      consentRoutes(app, database);
      privacyRoutes(app, database, services);
    },
    internalRoutes(app) {
      internalGuestRoutes(app, database);
    },
  }),
});
