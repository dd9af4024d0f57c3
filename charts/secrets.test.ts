import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiVersionArgs } from './testing/crds.ts';
import { Charts } from './testing/helm.ts';
import { secretKeys } from './testing/secrets.ts';
import { domainServices } from './testing/services.ts';

interface Rendered {
  kind: string;
  metadata: { name: string; namespace: string; annotations?: Record<string, string> };
  automountServiceAccountToken?: boolean;
  data?: Record<string, string>;
  spec: {
    target: { name: string; creationPolicy: string; deletionPolicy: string; template?: { type?: string; data: Record<string, string> } };
    data?: { secretKey: string; remoteRef: { key: string; property: string } }[];
    dataFrom?: { extract: { key: string } }[];
    provider: { vault: Record<string, unknown> };
  };
}

const fromVault = ['--set', 'secrets.mode=vault', '--set', 'secrets.vault.server=https://vault.vault:8200', ...apiVersionArgs('external-secrets', 'cloudnative-pg')];
let charts: Charts;

function render(args: string[]): Rendered[] {
  return charts.render('tartware', args) as unknown as Rendered[];
}

function refusal(args: string[]): string {
  const { ok, output } = charts.template('tartware', args);

  expect(ok).toBe(false);

  return output;
}

beforeAll(() => {
  charts = new Charts();
});
afterAll(() => charts.remove());

test('by default the chart makes no Secret and says nothing of those that only a cluster could have', () => {
  expect(render([]).filter(({ kind }) => /Secret/.test(kind))).toEqual([]);
});

describe('from Vault', () => {
  let objects: Rendered[];
  const external = (of = objects): Rendered[] => of.filter(({ kind }) => kind === 'ExternalSecret');

  beforeAll(() => {
    objects = render(fromVault);
  });

  test('comes every Secret that a pod reads, by a path of its own', () => {
    expect(external().map(({ metadata, spec }) => [metadata.name, spec.target.name, spec.dataFrom?.[0]?.extract.key]))
      .toEqual([...secretKeys().keys()].map((name) => [name, name, `tartware/${ name.replace(/^tartware-/, '') }`]));
  });

  test('they are there before the migrations that read them, and stay through upgrades and when Vault forgets them', () => {
    for (const { metadata, spec } of external()) {
      expect(metadata.annotations).toMatchObject({ 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/hook-weight': '-30' });
      expect(spec.target).toMatchObject({ creationPolicy: 'Orphan', deletionPolicy: 'Retain' });
    }
  });

  test('External Secrets signs in as a ServiceAccount that no pod has, with a token for Vault alone', () => {
    const store = objects.find(({ kind }) => kind === 'SecretStore');

    expect(store?.spec.provider.vault).toEqual({
      server: 'https://vault.vault:8200', path: 'secret', version: 'v2',
      auth: { kubernetes: { mountPath: 'kubernetes', role: 'tartware', serviceAccountRef: { name: 'tartware-secrets', audiences: ['vault'] } } },
    });
    expect(objects.find(({ kind, metadata }) => kind === 'ServiceAccount' && metadata.name === 'tartware-secrets')).toMatchObject({ automountServiceAccountToken: false });
    expect(JSON.stringify(objects.filter(({ kind }) => kind === 'Deployment' || kind === 'Job'))).not.toContain('tartware-secrets');
  });

  test('a service that is left out leaves its Secrets out', () => {
    const names = external(render([...fromVault, '--set', 'billing.enabled=false'])).map(({ metadata }) => metadata.name);

    expect(names.filter((name) => name.includes('billing'))).toEqual([]);
    expect(names).toContain('tartware-kafka');
  });

  test('the logins of PostgreSQL follow from the addresses that the services read', () => {
    const stores = render([...fromVault, '-f', 'tartware/values-stores.yaml', ...['redis', 'kafka', 'clickhouse'].flatMap((store) => ['--set', `dataStores.${ store }.mode=external`])]);
    const logins = external(stores).map(({ metadata, spec }) => [metadata.name, spec.data?.[0]?.remoteRef.key, spec.target.template?.type]);

    expect(logins).toEqual(domainServices.flatMap((service) => [
      [`tartware-${ service }-login`, `tartware/${ service }-database`, 'kubernetes.io/basic-auth'],
      [`tartware-${ service }-owner`, `tartware/${ service }-migration`, 'kubernetes.io/basic-auth'],
    ]).sort(([a = ''], [b = '']) => (a < b ? -1 : 1)));
    expect(external(stores)[0]?.spec.target.template?.data).toEqual({
      username: '{{ (urlParse (splitList "," .DATABASE_URL | first)).userinfo | splitList ":" | first }}',
      password: '{{ (urlParse (splitList "," .DATABASE_URL | first)).userinfo | splitList ":" | last }}',
    });
  });

  test.each([
    ['without External Secrets', ['--set', 'secrets.mode=vault', '--set', 'secrets.vault.server=https://vault:8200'], /no external-secrets\.io\/v1; install External Secrets first/],
    ['without an address', ['--set', 'secrets.mode=vault', ...apiVersionArgs('external-secrets')], /secrets\.vault\.server is empty; set Vault's address/],
    ['with an address that is none', [...fromVault, '--set', 'secrets.vault.server=vault'], /secrets\/vault\/server/],
    ['with an unknown mode', ['--set', 'secrets.mode=sealed'], /secrets\/mode.*must be one of 'existing', 'vault', 'generated'/s],
  ])('is refused %s', (_case, args, expected) => {
    expect(refusal(args)).toMatch(expected);
  });
});

describe('generated', () => {
  const decode = (text = ''): string => Buffer.from(text, 'base64').toString();
  let secrets: Map<string, Record<string, string>>;

  function contents(objects: Rendered[]): Map<string, Record<string, string>> {
    return new Map(objects.filter(({ kind }) => kind === 'Secret')
      .map(({ metadata, data = {} }) => [metadata.name, Object.fromEntries(Object.entries(data).map(([key, value]) => [key, decode(value)]))]));
  }

  beforeAll(() => {
    secrets = contents(render(['-f', 'tartware/values-demo.yaml']));
  });

  test('are all that the services read, with the keys that they expect', () => {
    for (const [name, key] of secretKeys()) {
      expect(Object.keys(secrets.get(name) ?? {}), name).toEqual([key]);
    }
  });

  test('agree where two sides must know the same', () => {
    const clients = Object.fromEntries((secrets.get('tartware-service-clients')?.['SERVICE_CLIENTS'] ?? '').split(',').map((pair) => pair.split('='))) as Record<string, string>;

    for (const service of domainServices) {
      const [login, owner] = ['database', 'migration'].map((use) => new URL(secrets.get(`tartware-${ service }-${ use }`)?.['DATABASE_URL'] ?? ''));
      const schema = service.replaceAll('-', '_');

      expect([login?.username, owner?.username]).toEqual([`${ schema }_login`, `${ schema }_owner`]);
      expect([login?.password, owner?.password]).toEqual([`${ schema }_login`, `${ schema }_owner`].map((role) => secrets.get('tartware-postgresql-auth')?.[role]));
      expect(clients[service]).toBe(secrets.get(`tartware-${ service }-client`)?.['SERVICE_CLIENT_SECRET']);
    }
    expect(new URL(secrets.get('tartware-redis')?.['REDIS_URLS'] ?? '').password).toBe(secrets.get('tartware-redis-auth')?.['password']);
    expect(new URL(secrets.get('tartware-clickhouse')?.['CLICKHOUSE_URL'] ?? '').password).toBe(secrets.get('tartware-clickhouse-auth')?.['password']);
  });

  test('are different for each use and each installation', () => {
    const passwords = (of: typeof secrets): string[] => Object.values(of.get('tartware-postgresql-auth') ?? {});
    const others = contents(render(['-f', 'tartware/values-demo.yaml']));

    expect(new Set(passwords(secrets)).size).toBe(17);
    expect(passwords(others).filter((password) => passwords(secrets).includes(password))).toEqual([]);
    expect(secrets.get('tartware-token-signing')?.['TOKEN_SIGNING_KEY']).toMatch(/^-----BEGIN PRIVATE KEY-----\n/);
  });

  test('are refused for a store whose password only others know', () => {
    expect(refusal(['-f', 'tartware/values-demo.yaml', '--set', 'dataStores.redis.mode=external'])).toMatch(/secrets\.mode is "generated".*dataStores\.redis\.mode is "external"; set it to embedded/);
  });
});
