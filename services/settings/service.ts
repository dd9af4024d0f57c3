import { defineDomainService } from '@tartware/kit/domain-service';
import { definitionRoutes } from './routes/definitions.ts';
import { internalSettingsRoutes } from './routes/internal-settings.ts';
import { settingsRoutes } from './routes/settings.ts';

export const settings = defineDomainService({
  name: 'settings',
  migrations: new URL('./migrations/', import.meta.url),
  calls: ['core'],
  start: (context) => ({
    routes(app) {
      definitionRoutes(app);
      settingsRoutes(app, context);
    },
    internalRoutes(app) {
      internalSettingsRoutes(app, context);
    },
  }),
});
