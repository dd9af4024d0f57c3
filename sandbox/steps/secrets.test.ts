import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { REPOSITORY } from '../paths.ts';
import { DEFAULT_PORTS } from '../ports.ts';
import type { Context } from '../supervisor/part.ts';
import { temporaryFolder } from '../testing/folder.ts';
import { serviceSecrets } from './secrets.ts';

type Secret = { metadata: { name: string }; stringData: Record<string, string> };

function newContext(): Context {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'postgres.url'), 'postgres://owner:secret@127.0.0.1:15432/tartware');
  return { address: '127.0.0.1', ports: DEFAULT_PORTS, bin: '', state: (...segments) => join(folder, ...segments), values: 'live' };
}

function secretsOf(context: Context): Record<string, Record<string, string>> {
  return Object.fromEntries((serviceSecrets(context) as Secret[]).map(({ metadata, stringData }) => [metadata.name, stringData]));
}

describe('the secrets of the services', () => {
  it('are those that the chart\'s values name', () => {
    const values = parse(readFileSync(join(REPOSITORY, 'charts', 'tartware', 'values.yaml'), 'utf8')) as Record<string, { envFromSecrets?: string[]; migration?: { envFromSecrets: string[] } }>;
    const named = Object.values(values).flatMap(({ envFromSecrets = [], migration }) => [...envFromSecrets, ...migration?.envFromSecrets ?? []]);
    expect(Object.keys(secretsOf(newContext())).sort()).toEqual([...new Set(named)].sort());
  });

  it('say where the stores are', () => {
    const secrets = secretsOf(newContext());
    expect(secrets['tartware-kafka']).toEqual({ KAFKA_BROKERS: '127.0.0.1:19092' });
    expect(secrets['tartware-redis']?.['REDIS_URLS']?.split(',')).toEqual([0, 1, 2, 3, 4, 5].map((node) => `redis://127.0.0.1:${16_379 + node}`));
    expect(secrets['tartware-clickhouse']).toEqual({ CLICKHOUSE_URL: 'http://127.0.0.1:18123' });
  });

  it('give a service a login that is not the one of its migration, nor of another service, nor the owner of the database', () => {
    const secrets = secretsOf(newContext());
    const urls = ['rooms', 'command-center'].flatMap((service) => ['database', 'migration'].map((use) => new URL(secrets[`tartware-${service}-${use}`]?.['DATABASE_URL'] ?? '')));
    expect(urls.map(({ username, host, pathname }) => `${username} ${host}${pathname}`)).toEqual([
      'rooms_login 127.0.0.1:15432/tartware', 'rooms_owner 127.0.0.1:15432/tartware',
      'command_center_login 127.0.0.1:15432/tartware', 'command_center_owner 127.0.0.1:15432/tartware',
    ]);
    expect(new Set(urls.map(({ password }) => password)).size).toBe(4);
  });

  it('let core know each caller by a secret of its own, the same from start to start', () => {
    const context = newContext();
    const secrets = secretsOf(context);
    const clients = (secrets['tartware-service-clients']?.['SERVICE_CLIENTS'] ?? '').split(',').map((pair) => pair.split('='));
    expect(clients.map(([name]) => name)).toEqual(['reservations', 'billing', 'guests', 'rooms', 'settings', 'housekeeping', 'command-center']);
    for (const [name, secret] of clients) expect(secrets[`tartware-${name}-client`]).toEqual({ SERVICE_CLIENT_SECRET: secret });
    expect(new Set(clients.map(([, secret]) => secret)).size).toBe(7);
    expect(secretsOf(context)).toEqual(secrets);
    expect(secretsOf(newContext())['tartware-service-clients']).not.toEqual(secrets['tartware-service-clients']);
  });
});
