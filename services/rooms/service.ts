import { defineDomainService } from '@tartware/kit/domain-service';
import { consumersOf } from './consumers.ts';
import { internalAllocationRoutes } from './routes/allocations.ts';
import { availabilityRoutes } from './routes/availability.ts';
import { calendarRoutes } from './routes/calendar.ts';
import { ratePlanRoutes } from './routes/rate-plans.ts';
import { roomTypeRoutes } from './routes/room-types.ts';
import { internalRoomRoutes, roomRoutes } from './routes/rooms.ts';

export const rooms = defineDomainService({
  name: 'rooms',
  migrations: new URL('./migrations/', import.meta.url),
  calls: ['core'],
  start: (context) => ({
    routes(app) {
      roomTypeRoutes(app, context);
      roomRoutes(app, context);
      ratePlanRoutes(app, context);
      calendarRoutes(app, context);
      availabilityRoutes(app, context);
    },
    internalRoutes(app) {
      internalRoomRoutes(app, context);
      internalAllocationRoutes(app, context);
    },
    consumers: consumersOf(context),
  }),
});
