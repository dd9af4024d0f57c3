/** The Secrets that the Tartware chart's services read, by the names that its values give. Keys are made once per sandbox. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { clickHouseUrl, databaseUrl, kafkaBrokers, redisUrls } from '../parts/data-stores.ts';
import type { Context } from '../supervisor/part.ts';

const NAMESPACE = 'tartware-system';

/** Services that ask core for tokens of their own. */
const CALLERS = ['reservations', 'billing', 'guests', 'rooms', 'settings', 'housekeeping', 'command-center'] as const;

/** What `make` gives, kept in a file of the owner from the first time on. */
function once({ state }: Context, file: string, make: () => string): string {
  const path = state(file);
  if (!existsSync(path)) writeFileSync(path, make(), { mode: 0o600 });
  return readFileSync(path, 'utf8');
}

/** The key that core signs tokens with. */
function signingKey(context: Context): string {
  return once(context, 'token-signing.pem', () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

function clientSecret(context: Context, service: string): string {
  return once(context, `${service}.client-secret`, () => randomBytes(24).toString('hex'));
}

function secret(name: string, stringData: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: `tartware-${name}`, namespace: NAMESPACE }, type: 'Opaque', stringData };
}

/** One login for all schemas here; a cluster gives each service its own. */
export function serviceSecrets(context: Context): object[] {
  const clients = CALLERS.map((service) => ({ service, secret: clientSecret(context, service) }));
  return [
    ...['core', ...CALLERS].map((service) => secret(`${service}-database`, { DATABASE_URL: databaseUrl(context) })),
    ...clients.map((client) => secret(`${client.service}-client`, { SERVICE_CLIENT_SECRET: client.secret })),
    secret('service-clients', { SERVICE_CLIENTS: clients.map((client) => `${client.service}=${client.secret}`).join(',') }),
    secret('token-signing', { TOKEN_SIGNING_KEY: signingKey(context) }),
    secret('kafka', { KAFKA_BROKERS: kafkaBrokers(context) }),
    secret('redis', { REDIS_URLS: redisUrls(context) }),
    secret('clickhouse', { CLICKHOUSE_URL: clickHouseUrl(context) }),
  ];
}
