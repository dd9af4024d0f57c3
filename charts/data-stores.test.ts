import { readFileSync } from 'node:fs';
import type { V1PodSpec, V1StatefulSet } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadState, releaseValues } from './platform/state.ts';
import { consumersByTopic } from './testing/event-consumers.ts';
import { Charts } from './testing/helm.ts';
import { containerRules, podSecurity } from './testing/policy.ts';
import { domainServices, sizing } from './testing/services.ts';

interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; labels: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
  data?: Record<string, string>;
}

const KINDS = ['postgresql.cnpg.io/v1', 'redis.redis.opstreelabs.in/v1beta2', 'kafka.strimzi.io/v1', 'clickhouse.altinity.com/v1'];
const stores = ['postgresql', 'redis', 'kafka', 'clickhouse'] as const;
const operated = ['-f', 'tartware/values-stores.yaml'];
const rolesSql = readFileSync(new URL('tartware/files/data-stores/postgresql-roles.sql', import.meta.url), 'utf8');
const { dataStores: { kafka: { topics } } } = parse(readFileSync(new URL('tartware/values.yaml', import.meta.url), 'utf8')) as {
  dataStores: { kafka: { topics: Record<string, { consumers: string[]; partitions: number }> } };
};
let charts: Charts;
let made: Rendered[];
let demo: Rendered[];

beforeAll(() => {
  charts = new Charts();
  made = render([...operated, '--api-versions', KINDS.join(',')]);
  demo = render(['-f', 'tartware/values-demo.yaml']);
});
afterAll(() => charts.remove());

function render(args: string[]): Rendered[] {
  return charts.render('tartware', args) as unknown as Rendered[];
}

function specOf(kind: string, name: string): Record<string, unknown> {
  const found = made.find(({ kind: is, metadata }) => is === kind && metadata.name === name);

  return found?.spec ?? expect.fail(`no ${ kind } ${ name }`);
}

function refusal(args: string[]): string {
  const { ok, output } = charts.template('tartware', args);

  expect(ok).toBe(false);

  return output;
}

test('by default nothing of a store is made', () => {
  const kinds = new Set(render([]).map(({ metadata }) => metadata.labels['app.kubernetes.io/component']));

  expect(kinds).not.toContain('data-store');
});

describe('PostgreSQL by CloudNativePG', () => {
  test('has three instances of 500 GB, each on a node of its own, and answers a commit when two have it', () => {
    expect(specOf('Cluster', 'tartware-postgresql')).toMatchObject({
      instances: 3,
      storage: { size: '500Gi' },
      affinity: { enablePodAntiAffinity: true, podAntiAffinityType: 'required', topologyKey: 'kubernetes.io/hostname' },
      postgresql: { synchronous: { method: 'any', number: 1 } },
      enableSuperuserAccess: false,
    });
  });

  test('starts with the roles that the sandbox proves, and gives each login its password', () => {
    const { bootstrap, managed } = specOf('Cluster', 'tartware-postgresql');
    const roles = domainServices.map((service) => [service, service.replaceAll('-', '_')]);

    expect(bootstrap).toMatchObject({ initdb: { postInitApplicationSQLRefs: { configMapRefs: [{ name: 'tartware-postgresql-roles', key: 'roles.sql' }] } } });
    expect(made.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === 'tartware-postgresql-roles')?.data).toEqual({ 'roles.sql': rolesSql });
    expect(managed).toEqual({
      roles: roles.flatMap(([service, schema]) => [
        { name: `${ schema }_login`, ensure: 'present', login: true, inherit: false, inRoles: [`${ schema }_app`], passwordSecret: { name: `tartware-${ service }-login` } },
        { name: `${ schema }_owner`, ensure: 'present', login: true, bypassrls: true, inRoles: [`${ schema }_app`], passwordSecret: { name: `tartware-${ service }-owner` } },
      ]),
    });
  });

  test('roles are made for each service that owns a schema, and for no other', () => {
    const named = /array array\[([^\]]+)\]/.exec(rolesSql)?.[1]?.split(', ').map((name) => name.slice(1, -1));

    expect(named).toEqual(domainServices.map((service) => service.replaceAll('-', '_')));
  });

  test('takes all connections that the services open at their maxima while they roll out', () => {
    const { postgresql: { parameters } } = specOf('Cluster', 'tartware-postgresql') as { postgresql: { parameters: Record<string, string> } };
    const { instances, pgbouncer } = specOf('Pooler', 'tartware-postgresql-pooler') as { instances: number; pgbouncer: { poolMode: string; parameters: Record<string, string> } };
    const pods = domainServices.map((service) => Math.ceil(sizing[service].pods[1] * 1.25)).reduce((a, b) => a + b);
    const server = pods + instances * Number(pgbouncer.parameters['default_pool_size']) * domainServices.length;

    expect(server).toBeLessThan(Number(parameters['max_connections']));
    expect((instances - 1) * Number(pgbouncer.parameters['max_client_conn'])).toBeGreaterThanOrEqual(pods * 10);
  });

  test('the pooler hands over what the services ask for when they connect to the roles, which have it', () => {
    const { pgbouncer } = specOf('Pooler', 'tartware-postgresql-pooler') as { pgbouncer: { poolMode: string; parameters: Record<string, string> } };

    expect(pgbouncer.poolMode).toBe('transaction');
    expect(pgbouncer.parameters['ignore_startup_parameters']).toBe('options,statement_timeout,idle_in_transaction_session_timeout');
    expect(Number(pgbouncer.parameters['max_prepared_statements'])).toBeGreaterThan(0);
    for (const setting of ['role', 'search_path', 'statement_timeout', 'idle_in_transaction_session_timeout']) {
      expect(rolesSql).toContain(`alter role %I set ${ setting } =`);
    }
  });

  test.each([
    ['without a pooler', ['--set', 'dataStores.postgresql.operator.pooler.enabled=false'], /maxConnections is 1100, but .* open 5024 connections \(454 pods\); set pooler\.enabled=true/],
    ['with too few', ['--set', 'dataStores.postgresql.operator.maxConnections=500'], /maxConnections is 500, but .* open 964 connections .* lower pooler\.poolSize/],
    ['with more pods', ['--set', 'core.autoscaling.maxReplicas=300'], /open 1239 connections/],
  ])('connections that would not fit are refused: %s', (_case, args, expected) => {
    expect(refusal([...operated, '--api-versions', KINDS.join(','), ...args])).toMatch(expected);
  });

  test('without a pooler small pools fit', () => {
    const small = domainServices.flatMap((service) => ['--set-string', `${ service }.env.DATABASE_POOL_MAX=1`]);

    expect(charts.template('tartware', [...operated, '--api-versions', KINDS.join(','), '--set', 'dataStores.postgresql.operator.pooler.enabled=false', ...small]).ok).toBe(true);
  });
});

describe('Redis', () => {
  test('keeps a primary and its replica apart, which the operator\'s webhook does, with a certificate that is there by then', () => {
    const state = loadState();
    const annotations = made.find(({ kind }) => kind === 'RedisCluster')?.metadata.annotations;

    expect(annotations).toMatchObject({ 'redisclusters.redis.redis.opstreelabs.in/role-anti-affinity': 'true' });
    for (const environment of Object.keys(state.environments)) {
      expect(releaseValues(state, environment).get('redis-operator/redis-operator'), environment).toMatchObject({ redisOperator: { webhook: true }, certmanager: { enabled: true } });
    }
    expect(state.releases.find(({ name }) => name === 'redis-operator')?.needs).toContain('cert-manager/cert-manager');
  });

  test('is a cluster of six, with the password that the services get', () => {
    expect(specOf('RedisCluster', 'tartware-redis')).toMatchObject({
      clusterSize: 3, redisLeader: { replicas: 3 }, redisFollower: { replicas: 3 }, persistenceEnabled: true,
      kubernetesConfig: { redisSecret: { name: 'tartware-redis-auth', key: 'password' } },
    });
  });
});

describe('Kafka by Strimzi', () => {
  test('has seven brokers and three controllers', () => {
    expect(specOf('KafkaNodePool', 'tartware-broker')).toMatchObject({ replicas: 7, roles: ['broker'] });
    expect(specOf('KafkaNodePool', 'tartware-controller')).toMatchObject({ replicas: 3, roles: ['controller'] });
  });

  test('loses no event with a broker, and makes no topic by itself', () => {
    const { kafka } = specOf('Kafka', 'tartware') as { kafka: { config: Record<string, unknown> } };

    expect(kafka.config).toMatchObject({ 'auto.create.topics.enable': false, 'default.replication.factor': 3, 'min.insync.replicas': 2 });
  });

  test('the topics\' consumers are those of the services\' sources', () => {
    const listed = Object.entries(topics).map(([topic, { consumers }]) => [topic, [...consumers].sort()]);

    expect(Object.fromEntries(listed)).toEqual(consumersByTopic());
  });

  test.each(Object.keys(topics))('%s has a partition for each pod of a consumer, and takes what the services send', (topic) => {
    const { partitions, replicas, config } = specOf('KafkaTopic', `tartware.${ topic }`) as { partitions: number; replicas: number; config: Record<string, number> };
    const most = Math.max(...(topics[topic]?.consumers ?? []).map((service) => sizing[service as keyof typeof sizing].pods[1]));
    const publisher = readFileSync(new URL('../services/kit/relay-publisher.ts', import.meta.url), 'utf8');
    const limits = /MAX_MESSAGE_BYTES = \{ event: (\d+) \* 1_048_576, deadLetter: (\d+) \* 1_048_576 \}/.exec(publisher);
    const days = /interval '(\d+) days'/.exec(readFileSync(new URL('../services/kit/engine.ts', import.meta.url), 'utf8'));

    expect(partitions).toBeGreaterThanOrEqual(most);
    expect(replicas).toBe(3);
    expect(config['max.message.bytes']).toBe(Number(limits?.[topic === 'dead-letters' ? 2 : 1]) * 2 ** 20);
    expect(config['retention.ms']).toBeLessThan(Number(days?.[1]) * 86_400_000);
  });

  test('pods that would get nothing are refused', () => {
    expect(refusal([...operated, '--api-versions', KINDS.join(','), '--set', 'reservations.autoscaling.maxReplicas=73']))
      .toMatch(/topics\.guests\.events: 72 partitions for the 73 pods that reservations may have/);
  });
});

test('ClickHouse has three nodes with all data, which agree by a Keeper of three', () => {
  expect(specOf('ClickHouseInstallation', 'tartware')).toMatchObject({
    configuration: { clusters: [{ layout: { shardsCount: 1, replicasCount: 3 } }], zookeeper: { nodes: [{ host: 'keeper-tartware' }] } },
  });
  expect(specOf('ClickHouseKeeperInstallation', 'tartware')).toMatchObject({ configuration: { clusters: [{ layout: { replicasCount: 3 } }] } });
});

test('what holds data stays when the release goes', () => {
  const kinds = ['Cluster', 'RedisCluster', 'Kafka', 'KafkaNodePool', 'KafkaTopic', 'ClickHouseInstallation', 'ClickHouseKeeperInstallation'];
  const kept = made.filter(({ metadata }) => metadata.annotations?.['helm.sh/resource-policy'] === 'keep').map(({ kind }) => kind);

  expect([...new Set(kept)].sort()).toEqual(kinds.sort());
});

test('all that hold data go to the nodes that are named, each operator in its own way', () => {
  const nodeSelector = { 'tartware.io/pool': 'memory' };
  const tolerations = [{ key: 'tartware.io/pool', operator: 'Equal', value: 'memory' }];
  const placed = render([...operated, '--api-versions', KINDS.join(','), '--set-json', `dataStores.scheduling=${ JSON.stringify({ nodeSelector, tolerations }) }`]);
  const specs = (kind: string): Record<string, unknown>[] => placed.filter((object) => object.kind === kind).map(({ spec }) => spec);
  const required = { nodeSelectorTerms: [{ matchExpressions: [{ key: 'tartware.io/pool', operator: 'In', values: ['memory'] }] }] };

  expect(specs('Cluster')).toMatchObject([{ affinity: { nodeSelector, tolerations } }]);
  expect(specs('RedisCluster')).toMatchObject([{ redisLeader: { nodeSelector, tolerations }, redisFollower: { nodeSelector, tolerations } }]);
  expect(specs('KafkaNodePool').map(({ template }) => template)).toMatchObject([1, 2].map(() => ({ pod: { affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } }, tolerations } })));
  for (const kind of ['ClickHouseInstallation', 'ClickHouseKeeperInstallation']) {
    expect(specs(kind), kind).toMatchObject([{ templates: { podTemplates: [{ spec: { nodeSelector, tolerations } }] } }]);
  }
});

describe('refused', () => {
  test.each([['postgresql', 'CloudNativePG'], ['redis', 'OT-CONTAINER-KIT'], ['kafka', 'Strimzi'], ['clickhouse', 'Altinity']])('%s without its operator', (store, operator) => {
    const others = KINDS.filter((_kind, index) => stores[index] !== store);

    expect(refusal([...operated, '--api-versions', others.join(',')])).toMatch(new RegExp(`dataStores\\.${ store }\\.mode is "operator", but this cluster has no .*install .*${ operator }`));
  });

  test('operators\' stores in a release with services', () => {
    expect(refusal(['--api-versions', KINDS.join(','), '--set', 'dataStores.kafka.mode=operator'])).toMatch(/release with services.*values-stores\.yaml/s);
  });

  test.each(stores)('a demo\'s %s with Secrets that others make', (store) => {
    expect(refusal(['--set', `dataStores.${ store }.mode=embedded`])).toContain(`dataStores.${ store }.mode is "embedded", whose passwords Helm makes: set secrets.mode=generated`);
  });

  test.each([
    ['dataStores.redis.mode=sentinel', /dataStores\/redis\/mode.*must be one of 'external', 'operator', 'embedded'/s],
    ['dataStores.postgresql.embedded.image=postgres:latest', /dataStores\/postgresql\/embedded\/image/],
    ['dataStores.postgresql.operator.storage.size=much', /storage\/size.*does not match pattern/s],
    ['dataStores.kafka.topics.core\\.events.retentionHours=400', /retentionHours.*maximum/s],
    ['dataStores.mysql.mode=external', /'mysql' not allowed/],
  ])('%s', (setting, expected) => {
    expect(refusal(['--set', setting])).toMatch(expected);
  });
});

describe('a demo\'s stores', () => {
  const podOf = (store: string): V1PodSpec => {
    const found = demo.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === `tartware-${ store }`) as V1StatefulSet | undefined;

    return found?.spec?.template.spec ?? expect.fail(`no StatefulSet of ${ store }`);
  };
  const weights = (kind: string, name?: string): number[] => demo
    .filter((object) => object.kind === kind && (name === undefined || object.metadata.name === name) && object.metadata.annotations?.['helm.sh/hook'] !== undefined)
    .map(({ metadata }) => Number(metadata.annotations?.['helm.sh/hook-weight'] ?? 0));

  test.each(stores)('%s is one pod under Pod Security "restricted", with probes, limits and a claim', (store) => {
    const [container] = podOf(store).containers;

    expect([...podSecurity(podOf(store)), ...containerRules(podOf(store))]).toEqual([]);
    expect(demo.find(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === `tartware-${ store }`)?.spec).toMatchObject({
      replicas: 1,
      volumeClaimTemplates: [{ spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: expect.stringMatching(/Gi$/) as string } } } }],
    });
    expect(container).toMatchObject({ startupProbe: {}, readinessProbe: {}, livenessProbe: {} });
  });

  test('and all that belongs to them say that they are not for production', () => {
    const unsaid = demo.filter(({ kind, metadata }) => (metadata.labels['app.kubernetes.io/component'] === 'data-store' || kind === 'Secret') && metadata.labels['tartware.io/not-for-production'] !== 'true');

    expect(unsaid.map(({ kind, metadata }) => `${ kind } ${ metadata.name }`)).toEqual([]);
  });

  test('come in the order in which each needs the other: Secrets, files, stores, until the database is there, migrations', () => {
    const migrations = Math.min(...weights('Job', 'core-migrate'));
    const [wait = NaN] = weights('Job', 'tartware-postgresql-wait');

    expect(Math.max(...weights('Secret'))).toBeLessThan(Math.min(...weights('ConfigMap')));
    expect(Math.max(...weights('ConfigMap'))).toBeLessThan(Math.min(...weights('StatefulSet')));
    expect(Math.max(...weights('StatefulSet'))).toBeLessThan(wait);
    expect(wait).toBeLessThan(migrations);
  });

  test('take the class and size that the values give', () => {
    const claims = render(['-f', 'tartware/values-demo.yaml', '--set', 'dataStores.kafka.embedded.storage.size=20Gi', '--set', 'dataStores.kafka.embedded.storage.storageClass=fast'])
      .filter(({ kind, metadata }) => kind === 'StatefulSet' && metadata.name === 'tartware-kafka').map(({ spec }) => spec['volumeClaimTemplates']);

    expect(claims).toMatchObject([[{ spec: { storageClassName: 'fast', resources: { requests: { storage: '20Gi' } } } }]]);
  });
});
