/** The Secrets that the Tartware chart's services read, by the names that its values give. Keys are made once per sandbox. */
import { generateKeyPairSync } from 'node:crypto';
import { clickHouseUrl, kafkaBrokers, redisUrls } from '../parts/data-stores.ts';
import type { Context } from '../supervisor/part.ts';
import { loginUrl } from './database-logins.ts';
import { once, randomSecret } from './once.ts';

const NAMESPACE = 'tartware-system';

/** Services that ask core for tokens of their own. */
const CALLERS = ['reservations', 'billing', 'guests', 'rooms', 'settings', 'housekeeping', 'command-center'] as const;

/** Services that own a schema. */
export const SCHEMA_OWNERS = ['core', ...CALLERS] as const;

/** The key that core signs tokens with. */
function signingKey(context: Context): string {
  return once(context, 'token-signing.pem', () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
}

function clientSecret(context: Context, service: string): string {
  return once(context, `${service}.client-secret`, randomSecret);
}

function secret(name: string, stringData: Readonly<Record<string, string>>): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name: `tartware-${name}`, namespace: NAMESPACE }, type: 'Opaque', stringData };
}

export function serviceSecrets(context: Context): object[] {
  const clients = CALLERS.map((service) => ({ service, secret: clientSecret(context, service) }));
  return [
    ...SCHEMA_OWNERS.map((service) => secret(`${service}-database`, { DATABASE_URL: loginUrl(context, service, 'login') })),
    ...SCHEMA_OWNERS.map((service) => secret(`${service}-migration`, { DATABASE_URL: loginUrl(context, service, 'owner') })),
    ...clients.map((client) => secret(`${client.service}-client`, { SERVICE_CLIENT_SECRET: client.secret })),
    secret('service-clients', { SERVICE_CLIENTS: clients.map((client) => `${client.service}=${client.secret}`).join(',') }),
    secret('token-signing', { TOKEN_SIGNING_KEY: signingKey(context) }),
    secret('kafka', { KAFKA_BROKERS: kafkaBrokers(context) }),
    secret('redis', { REDIS_URLS: redisUrls(context) }),
    secret('clickhouse', { CLICKHOUSE_URL: clickHouseUrl(context) }),
  ];
}
