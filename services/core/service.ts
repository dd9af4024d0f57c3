import { fileURLToPath } from 'node:url';
import { Type } from '@sinclair/typebox';
import { addFormat, defineService, postgresUrl, readSettings } from '@tartware/kit';
import { requireService, requireToken } from '@tartware/kit/authenticate';
import { createDatabase } from '@tartware/kit/database';
import { DataSettings } from '@tartware/kit/domain-settings';
import { startEngine } from '@tartware/kit/engine';
import { serveOpenApi } from '@tartware/kit/openapi';
import { startTracing } from '@tartware/kit/tracing';
import { traceRequests } from '@tartware/kit/tracing-http';
import { createTokenVerifier } from '@tartware/kit/tokens';
import { isServiceClients, readServiceClients } from './model/service-clients.ts';
import { isSigningKey, readSigningKey } from './model/signing-key.ts';
import { internalPropertyRoutes } from './routes/internal-properties.ts';
import { keyRoutes } from './routes/keys.ts';
import { propertyRoutes } from './routes/properties.ts';
import { serviceTokenRoutes } from './routes/service-tokens.ts';
import { signInRoutes } from './routes/sign-in.ts';
import { userRoutes } from './routes/users.ts';

const SCHEMA = 'core';

addFormat('ed25519-private-key', isSigningKey);
addFormat('service-clients', isServiceClients);

const ServeSettings = Type.Object({
  ...DataSettings.properties,
  TOKEN_SIGNING_KEY: Type.String({ format: 'ed25519-private-key', secret: true, description: 'Set the private key as PEM, made by: openssl genpkey -algorithm ed25519' }),
  SERVICE_CLIENTS: Type.String({ default: '', format: 'service-clients', secret: true, description: 'Set the services that may ask for tokens, as name=secret,name=secret; a secret has 16 characters or more.' }),
});

const MigrateSettings = Type.Object({
  DATABASE_URL: postgresUrl(),
  SEED_DEMO: Type.Boolean({ default: false, description: 'Set true to add the demo tenant, else false.' }),
  TARTWARE_DEMO_PASSWORD: Type.String({ default: 'demo-password', minLength: 8, secret: true, description: 'Set the demo user\'s password: 8 characters or more.' }),
});

export const core = defineService({
  name: 'core',
  settings: ServeSettings,
  async start({ settings, metrics, log }) {
    const database = createDatabase({ url: settings.DATABASE_URL, schema: SCHEMA, poolMax: settings.DATABASE_POOL_MAX, metrics, log });
    const key = readSigningKey(settings.TOKEN_SIGNING_KEY);
    const tokens = createTokenVerifier();
    tokens.setKeys([key.published]);
    const tracing = await startTracing({ service: SCHEMA, url: settings.OTLP_URL, log });
    const engine = await startEngine({ schema: SCHEMA, service: SCHEMA, settings, database, consumers: [], jobs: [], metrics, log });
    return {
      async routes(app) {
        serveOpenApi(app, SCHEMA);
        signInRoutes(app, database, key);
        keyRoutes(app, key);
        serviceTokenRoutes(app, database, key, readServiceClients(settings.SERVICE_CLIENTS));
        await app.register((scope, _options, done) => {
          requireToken(scope, tokens);
          traceRequests(scope);
          propertyRoutes(scope, database);
          userRoutes(scope, database);
          done();
        });
        await app.register((scope, _options, done) => {
          requireToken(scope, tokens);
          requireService(scope);
          traceRequests(scope);
          internalPropertyRoutes(scope, database);
          done();
        });
      },
      checks: [database.check, ...engine.checks],
      async close() {
        await engine.close();
        await Promise.all([database.close(), tracing.close()]);
      },
    };
  },
  async migrate({ env, log }) {
    const settings = readSettings(MigrateSettings, env);
    // Loaded here: a serving pod needs neither the migration tool nor the demo data.
    const [{ migrate }, { seedDemo }] = await Promise.all([import('@tartware/kit/migrations'), import('./seed.ts')]);
    const dir = fileURLToPath(new URL('./migrations', import.meta.url));
    await migrate({ url: settings.DATABASE_URL, schema: SCHEMA, dir, log }, async (client) => {
      if (settings.SEED_DEMO) {
        await seedDemo(client, settings.TARTWARE_DEMO_PASSWORD);
        log.info('the demo tenant is there');
      }
    });
  },
});
