/** Secrets for a release in a test's cluster, under the names and with the keys that the chart's default values ask for. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { services } from './services.ts';

const VALUES = new URL('../tartware/values.yaml', import.meta.url);

interface ServiceValues {
  envFromSecrets?: string[];
  migration?: { envFromSecrets?: string[] };
}

/** What stands in the Secret of each use; the last part of the name, or the whole name where it is of all services. */
const KEYS: Readonly<Record<string, string>> = {
  database: 'DATABASE_URL', migration: 'DATABASE_URL', client: 'SERVICE_CLIENT_SECRET', 'tartware-service-clients': 'SERVICE_CLIENTS',
  'tartware-token-signing': 'TOKEN_SIGNING_KEY', 'tartware-kafka': 'KAFKA_BROKERS', 'tartware-redis': 'REDIS_URLS', 'tartware-clickhouse': 'CLICKHOUSE_URL',
};

/** Each Secret that these services and their migrations read, with its one key. @throws Error for a name that is not known here */
export function secretKeys(of: readonly string[] = services): Map<string, string> {
  const values = parse(readFileSync(VALUES, 'utf8')) as Record<string, ServiceValues>;
  const names = of.flatMap((service) => [...values[service]?.envFromSecrets ?? [], ...values[service]?.migration?.envFromSecrets ?? []]);

  return new Map([...new Set(names)].sort().map((name) => {
    const key = KEYS[name] ?? KEYS[name.replace(/^.*-/, '')];

    if (key === undefined) {
      throw new Error(`no key is known for the Secret ${ name }`);
    }

    return [name, key];
  }));
}

/** All of them with made-up contents, for a test in which no service runs. */
export function secretsForRelease(of: readonly string[] = services, namespace = 'tartware-system'): object[] {
  return [...secretKeys(of)].map(([name, key]) => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, stringData: { [key]: 'made up' } }));
}
