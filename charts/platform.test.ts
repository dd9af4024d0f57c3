import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { PLATFORM, environmentValues, helm, isInstalled, isLocal, keyOf, loadState, releaseValues } from './platform/state.ts';
import type { Release, Values } from './platform/state.ts';
import { Charts } from './testing/helm.ts';

const state = loadState();
const environments = Object.keys(state.environments);
const rendered = new Map<string, Map<string, Values>>();

beforeAll(() => {
  for (const environment of environments) rendered.set(environment, releaseValues(state, environment));
});

const release = (name: string): Release => {
  const found = state.releases.find((each) => each.name === name);

  if (found === undefined) throw new Error(`no release ${ name }`);

  return found;
};

/** A value of a release in an environment, by its path. */
function at(environment: string, name: string, ...path: string[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Values | undefined)?.[key], rendered.get(environment)?.get(keyOf(release(name))));
}

/** Every string below a value. */
function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];

  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(strings) : [];
}

describe('releases', () => {
  test.each(state.releases.filter((each) => !isLocal(each)))('$name comes from a named repository, at one exact version', ({ chart, version }) => {
    expect(state.repositories.map(({ name }) => name)).toContain(chart.split('/')[0]);
    expect(version).toMatch(/^v?\d+\.\d+\.\d+$/);
  });

  test.each(state.releases.filter(isLocal))('$name is a chart of this repository', ({ chart, version }) => {
    expect(existsSync(join(PLATFORM, chart, 'Chart.yaml'))).toBe(true);
    expect(version).toBeUndefined();
  });

  test('no repository stands there for nothing, and none is reached in the clear', () => {
    const used = new Set(state.releases.map(({ chart }) => chart.split('/')[0]));

    expect(state.repositories.filter(({ name }) => !used.has(name))).toEqual([]);
    for (const { url, oci } of state.repositories) expect(oci === true || url.startsWith('https://'), url).toBe(true);
  });

  test('each one needs only releases that are there, and that come before it', () => {
    const before = new Set<string>();

    for (const each of state.releases) {
      expect.soft((each.needs ?? []).filter((key) => !before.has(key)), each.name).toEqual([]);
      before.add(keyOf(each));
    }
  });

  test('none needs one that an environment leaves out', () => {
    for (const environment of environments) {
      const installed = new Set(rendered.get(environment)?.keys());

      for (const each of state.releases.filter((every) => installed.has(keyOf(every)))) {
        expect.soft((each.needs ?? []).filter((key) => !installed.has(key)), `${ environment } ${ each.name }`).toEqual([]);
      }
    }
  });

  test('the platform comes whole before the stores, and the stores before Tartware', () => {
    const stageOf = new Map(state.releases.map((each) => [keyOf(each), each.labels.stage]));
    const earlier: Record<string, string[]> = { platform: ['platform'], stores: ['platform', 'stores'], tartware: ['platform', 'stores', 'tartware'] };

    for (const each of state.releases) {
      expect.soft((each.needs ?? []).filter((key) => earlier[each.labels.stage ?? '']?.includes(stageOf.get(key) ?? '') !== true), each.name).toEqual([]);
    }
  });

  test('every system of the mission is among them', () => {
    expect(state.releases.map(({ name }) => name)).toEqual(expect.arrayContaining([
      'rancher', 'cert-manager', 'rancher-monitoring', 'jaeger', 'istio-base', 'istiod', 'istio-cni', 'ztunnel', 'gateway-api-crds', 'external-secrets', 'vault',
      'keda', 'trust-manager', 'cloudnative-pg', 'strimzi-kafka-operator', 'redis-operator', 'clickhouse-operator', 'cluster-autoscaler', 'tartware-controller', 'tartware-stores', 'tartware', 'tartware-ui',
    ]));
  });

  test('every namespace of a hotel\'s cluster is made with a Pod Security level before anything lies in it', () => {
    const made = Object.keys(at('production', 'namespaces', 'namespaces') as Values);

    for (const { name, namespace, labels } of state.releases.filter((each) => each.labels['cluster-hotel'] === 'true')) {
      expect.soft(['kube-system', ...made], name).toContain(namespace);
      expect.soft(labels['cluster-hotel'] ?? labels['cluster-management'], name).toBe('true');
    }
    expect(at('production', 'namespaces', 'namespaces', 'tartware-system')).toEqual({ podSecurity: 'restricted', ambient: true });
  });
});

describe('environments', () => {
  test('there are three', () => expect(environments).toEqual(['dev', 'staging', 'production']));

  test.each(environments)('%s sets what the others set', (environment) => {
    const keys = (value: Values): string[] => Object.entries(value).flatMap(([key, below]) => (
      key !== 'services' && typeof below === 'object' && below !== null ? Object.keys(below).map((each) => `${ key }.${ each }`) : [key]
    ));

    expect(keys(environmentValues(state, environment)).sort()).toEqual(keys(environmentValues(state, 'production')).sort());
  });

  test('nothing of the releases is left to a template that did not render', () => {
    for (const environment of environments) {
      const values = strings([...rendered.get(environment)?.values() ?? []]);

      expect(values.filter((value) => value.includes('<no value>'))).toEqual([]);
    }
  });

  test('production has the replicas of the mission', () => {
    const production = (name: string, ...path: string[]): unknown => at('production', name, ...path);

    expect({
      rancher: production('rancher', 'replicas'),
      certManager: ['replicaCount', 'webhook', 'cainjector'].map((key) => (key === 'replicaCount' ? production('cert-manager', key) : production('cert-manager', key, 'replicaCount'))),
      prometheus: production('rancher-monitoring', 'prometheus', 'prometheusSpec', 'replicas'),
      grafana: production('rancher-monitoring', 'grafana', 'replicas'),
      jaeger: production('jaeger', 'jaeger', 'replicas'),
      vault: production('vault', 'server', 'ha', 'replicas'),
    }).toEqual({ rancher: 3, certManager: [3, 3, 3], prometheus: 3, grafana: 2, jaeger: 5, vault: 3 });
  });

  test('where Grafana has several pods they share a database, which is made for them', () => {
    for (const environment of environments) {
      const several = Number(at(environment, 'rancher-monitoring', 'grafana', 'replicas')) > 1;

      expect.soft(at(environment, 'foundation', 'grafanaDatabase', 'enabled'), environment).toBe(several);
      expect.soft(at(environment, 'rancher-monitoring', 'grafana', 'grafana.ini', 'database') !== undefined, environment).toBe(several);
    }
  });

  test.each(environments)('%s: api-gateway traces the same share of requests as the proxies before it', (environment) => {
    const percent = at(environment, 'foundation', 'samplingPercent');

    expect(percent).toBeGreaterThan(0);
    expect(at(environment, 'tartware', 'api-gateway', 'env', 'TRACE_SAMPLE_RATIO')).toBe(String(Number(percent) / 100));
    expect(at(environment, 'tartware', 'core', 'env', 'TRACE_SAMPLE_RATIO')).toBeUndefined();
  });

  test('exactly one autoscaler of the pools is on', () => {
    for (const environment of environments) {
      const own = isInstalled(release('cluster-autoscaler'), environmentValues(state, environment));

      expect.soft(at(environment, 'rancher', 'extraEnv'), environment).toContainEqual({ name: 'CATTLE_FEATURES', value: `cluster-autoscaling=${ own ? 'false' : 'true' }` });
    }
  });
});

describe('values', () => {
  test('name no image of Bitnami, no ingress-nginx and no latest tag', () => {
    for (const environment of environments) {
      const found = strings([...rendered.get(environment)?.values() ?? []]).filter((value) => /bitnami|ingress-nginx|(^|:)latest$/i.test(value));

      expect(found, environment).toEqual([]);
    }
    expect(strings(state.releases).filter((value) => /bitnami|nginx|latest/i.test(value))).toEqual([]);
    // The chart's own hook would run an image of Bitnami without a fixed tag.
    expect(at('production', 'clickhouse-operator', 'crdHook', 'enabled')).toBe(false);
  });

  test('contain no password: Rancher, Grafana and the receivers read theirs from Secrets', () => {
    expect(at('production', 'rancher', 'bootstrapPassword')).toBeUndefined();
    expect(at('production', 'rancher-monitoring', 'grafana', 'admin')).toEqual({ existingSecret: 'grafana-admin' });
    expect(at('production', 'rancher-monitoring', 'grafana', 'adminPassword')).toBeUndefined();
    // By default this chart makes one with a password that everybody knows.
    expect(at('production', 'clickhouse-operator', 'secret')).toEqual({ create: false });
    for (const environment of environments) {
      expect(strings([...rendered.get(environment)?.values() ?? []]).filter((value) => /\b(password|token)\b\s*[:=]/i.test(value)), environment).toEqual([]);
    }
  });

  test('the images of Tartware come from the environment\'s registry, with its tag: services, controller and page', () => {
    const changed = releaseValues(state, 'production', { imageRegistry: 'registry.example:5000', imageTag: '1.2.3' });
    const valuesOf = (name: string): Values | undefined => changed.get(keyOf(release(name)));
    const registry = { global: { imageRegistry: 'registry.example:5000' } };

    expect(valuesOf('tartware')).toMatchObject({ ...registry, core: { image: { tag: '1.2.3' } } });
    expect(valuesOf('tartware-controller')).toEqual(registry);
    const { name, namespace, chart } = release('tartware-ui');

    expect(helm(['template', name, join(PLATFORM, chart), '--namespace', namespace, '--api-versions', 'catalog.cattle.io/v1', '--set-json', JSON.stringify(valuesOf(name))]))
      .toContain('image: registry.example:5000/tartware/ui:1.2.3');
    expect(at('production', 'tartware-ui')).toEqual({ global: { imageRegistry: '' } });
  });

  test('monitoring bears the names by which the extension and Rancher look for it', () => {
    expect(release('rancher-monitoring').namespace).toBe('cattle-monitoring-system');
    expect(at('production', 'rancher-monitoring', 'fullnameOverride')).toBe('rancher-monitoring');
    expect(at('production', 'rancher-monitoring', 'grafana', 'fullnameOverride')).toBe('rancher-monitoring-grafana');
  });

  test('Vault speaks TLS only, with the certificate of `foundation`, and is not the development server', () => {
    for (const environment of environments) {
      expect(at(environment, 'vault', 'global', 'tlsDisable')).toBe(false);
      expect(at(environment, 'vault', 'server', 'dev')).toBeUndefined();
      const config = String(at(environment, 'vault', 'server', 'ha', 'raft', 'config'));

      expect(config).toContain('tls_cert_file = "/vault/tls/tls.crt"');
      expect(config).not.toContain('tls_disable');
      expect(config.match(/retry_join/g)).toHaveLength(Number(at(environment, 'vault', 'server', 'ha', 'replicas')));
    }
  });

  test('rancher-deployment.yaml installs the same Rancher as the Helmfile does in production', () => {
    const { metadata, spec } = parse(readFileSync(join(PLATFORM, 'rancher', 'rancher-deployment.yaml'), 'utf8')) as { metadata: Values; spec: Values };

    expect(metadata.namespace).toBe('kube-system');
    expect(spec).toMatchObject({ chart: 'rancher', version: release('rancher').version, repo: state.repositories.find(({ name }) => name === 'rancher-stable')?.url, targetNamespace: 'cattle-system' });
    expect(parse(String(spec.valuesContent))).toEqual(rendered.get('production')?.get(keyOf(release('rancher'))));
  });
});

describe('charts of the platform', () => {
  const chart = (name: string): string => join(PLATFORM, name);
  const template = (name: string, values: Values): string => helm(['template', name, chart(name), ...Object.entries(values).flatMap(([key, value]) => ['--set-json', `${ key }=${ JSON.stringify(value) }`])]);

  test.each(['namespaces', 'foundation'])('%s: lint finds nothing', (name) => {
    expect(helm(['lint', '--strict', '--quiet', chart(name)])).toBe('');
  });

  test('foundation asks for everything that others name', () => {
    const manifests = template('foundation', rendered.get('production')?.get('platform/foundation') ?? {});

    for (const name of ['platform-public', 'platform-ca', 'vault-tls', 'grafana-database', 'vault-2.vault-internal']) expect(manifests).toContain(name);
    expect(manifests).toContain('email: platform@tartware.example.com');
    // Vault's certificate holds for a port-forward, by which docs/secrets-and-stores.md fills it.
    expect(manifests).toContain('ipAddresses: [127.0.0.1]');
    expect(readFileSync(join(PLATFORM, '..', '..', 'docs', 'secrets-and-stores.md'), 'utf8')).toContain('VAULT_ADDR=https://127.0.0.1:8200');
  });

  test('foundation without an address for Let\'s Encrypt is refused', () => {
    expect(() => template('foundation', { issuer: 'acme', email: '' })).toThrow(/email/);
  });

  test('an unknown level of Pod Security is refused', () => {
    expect(() => template('namespaces', { namespaces: { x: { podSecurity: 'strict' } } })).toThrow(/podSecurity/);
  });
});

describe('the umbrella with the platform\'s values', () => {
  let charts: Charts;
  const objectsOf = new Map<string, Values[]>();

  beforeAll(() => {
    charts = new Charts();
  });
  afterAll(() => charts.remove());

  const kinds = ['networking.istio.io/v1', 'security.istio.io/v1', 'monitoring.coreos.com/v1', 'gateway.networking.k8s.io/v1', 'cert-manager.io/v1', 'external-secrets.io/v1', 'postgresql.cnpg.io/v1', 'kafka.strimzi.io/v1', 'redis.redis.opstreelabs.in/v1beta2', 'clickhouse.altinity.com/v1', 'clickhouse-keeper.altinity.com/v1'];
  /** The objects of one of the umbrella's two releases, as the platform installs it. @throws with Helm's words */
  const umbrella = (environment: string, { namespace, name }: Release): Values[] => {
    const known = objectsOf.get(`${ environment } ${ name }`);

    if (known !== undefined) return known;
    const { ok, output } = charts.helm(['template', name, 'tartware', '--namespace', namespace, '--set-json', JSON.stringify(rendered.get(environment)?.get(`${ namespace }/${ name }`)), ...kinds.flatMap((kind) => ['--api-versions', kind])]);

    if (!ok) throw new Error(output);

    const objects = parseAllDocuments(output).map((document) => document.toJS() as Values | null).filter((object) => object !== null);

    objectsOf.set(`${ environment } ${ name }`, objects);

    return objects;
  };
  const specOf = (objects: Values[], kind: string, name?: string): Values => (
    objects.find((object) => object.kind === kind && (name === undefined || (object.metadata as Values).name === name))?.spec as Values
  );

  test.each(environments)('%s: the services render, with secrets from Vault and under the environment\'s name', (environment) => {
    const objects = umbrella(environment, release('tartware'));

    expect(objects.filter(({ kind }) => kind === 'HorizontalPodAutoscaler')).toHaveLength(9);
    expect(JSON.stringify(objects)).toContain(`api.${ String(environmentValues(state, environment).domain) }`);
    expect(specOf(objects, 'SecretStore')).toMatchObject({ provider: { vault: { server: 'https://vault.vault.svc:8200', caProvider: { type: 'ConfigMap', name: 'platform-ca', key: 'ca.crt' } } } });
  });

  test.each(environments)('%s: the stores render, and nothing else of the umbrella', (environment) => {
    const apis = new Set(umbrella(environment, release('tartware-stores')).map(({ apiVersion }) => String(apiVersion).split('/')[0]));

    expect([...apis]).toEqual(expect.arrayContaining(['postgresql.cnpg.io', 'kafka.strimzi.io', 'redis.redis.opstreelabs.in', 'clickhouse.altinity.com']));
    expect(apis).not.toContain('autoscaling');
  });

  test('a storage class of the environment reaches every volume of every release', () => {
    const withClass = releaseValues(state, 'production', { storageClass: 'fast' });
    const count = (key: string): number => JSON.stringify(withClass.get(key)).split(/"storageClass(?:Name)?":"fast"/).length - 1;

    expect({
      stores: count('database/tartware-stores'), monitoring: count('cattle-monitoring-system/rancher-monitoring'), vault: count('vault/vault'),
      opensearch: count('tracing/opensearch'), grafana: count('platform/foundation'),
    }).toEqual({ stores: 7, monitoring: 2, vault: 2, opensearch: 1, grafana: 1 });
    expect(JSON.stringify([...rendered.get('production')?.values() ?? []])).not.toMatch(/"storageClass(Name)?":"[^"]/);
    rendered.set('production, fast', withClass);
    expect(JSON.stringify(umbrella('production, fast', release('tartware-stores')))).toContain('fast');
  });

  test('production has the stores of the mission', () => {
    const objects = umbrella('production', release('tartware-stores'));
    const brokers = objects.find(({ kind, spec }) => kind === 'KafkaNodePool' && (spec as { roles: string[] }).roles.includes('broker'))?.spec as Values;

    expect(specOf(objects, 'Cluster')).toMatchObject({ instances: 3, storage: { size: '500Gi' } });
    expect(specOf(objects, 'RedisCluster')).toMatchObject({ clusterSize: 3 });
    expect(brokers.replicas).toBe(7);
    expect(JSON.stringify(specOf(objects, 'ClickHouseInstallation'))).toContain('"replicasCount":3');
  });
});
