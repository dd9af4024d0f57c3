import { defineDomainService } from '@tartware/kit/domain-service';
import { consumersOf } from './consumers.ts';
import { maintenanceRoutes } from './routes/maintenance.ts';
import { outOfOrderRoutes } from './routes/out-of-order.ts';
import { internalRoomRoutes, roomRoutes } from './routes/rooms.ts';
import { taskRoutes } from './routes/tasks.ts';

export const housekeeping = defineDomainService({
  name: 'housekeeping',
  migrations: new URL('./migrations/', import.meta.url),
  calls: ['core', 'rooms', 'settings'],
  start: (context) => ({
    routes(app) {
      roomRoutes(app, context);
      taskRoutes(app, context);
      outOfOrderRoutes(app, context);
      maintenanceRoutes(app, context);
    },
    internalRoutes: (app) => internalRoomRoutes(app, context),
    consumers: consumersOf(context),
  }),
});
