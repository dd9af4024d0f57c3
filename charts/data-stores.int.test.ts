/** What only shows against an API server: Secrets that are there already, and those that are missing. */
import type { V1PodSpec } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { kubectl } from '../sandbox/kubectl.ts';
import { API_SERVER, startTestCluster } from '../sandbox/testing/cluster.ts';
import type { TestCluster } from '../sandbox/testing/cluster.ts';
import { Charts } from './testing/helm.ts';
import type { HelmVersion, Run } from './testing/helm.ts';
import { secretsForRelease } from './testing/secrets.ts';
import { services } from './testing/services.ts';

interface Rendered {
  kind: string;
  metadata: { name: string; annotations?: Record<string, string> };
  data?: Record<string, string>;
  spec?: { template?: { spec: V1PodSpec } };
}

const namespace = 'tartware-system';
const charts: Record<HelmVersion, Charts> = { 3: new Charts('3'), 4: new Charts('4') };
/** One service is as good as nine here, and quicker. */
const small = services.filter((service) => service !== 'reservations').flatMap((service) => ['--set', `${ service }.enabled=false`]);
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster(API_SERVER);
  // As the controllers that are not here would make it.
  await cluster.apply(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } } },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } },
  );
});
beforeEach(async () => {
  for (const path of ['api/v1/namespaces/tartware-system/secrets', 'apis/apps/v1/namespaces/tartware-system/statefulsets']) {
    await cluster.kubectl('delete', '--raw', `/${ path }`);
  }
});
afterAll(async () => {
  await cluster?.stop();
  Object.values(charts).forEach((each) => each.remove());
});

/** What Helm would do, told by the API server. */
async function plan(version: HelmVersion, ...args: string[]): Promise<Run> {
  return charts[version].helmIn(cluster.kubeconfig, ['install', 'tartware', 'tartware', '--namespace', namespace, '--dry-run=server', ...args]);
}

/** The objects of a plan: hooks and manifests, without what Helm says around them. */
function objectsOf({ ok, output }: Run): Rendered[] {
  if (!ok) {
    throw new Error(output);
  }

  return parseAllDocuments(output.replace(/^NOTES:[\s\S]*/m, '')).map((document) => document.toJS() as Rendered | null)
    .filter((object): object is Rendered => typeof object?.kind === 'string');
}

/** A pod whose claims are not here. */
function withVolumes(pod: V1PodSpec): V1PodSpec {
  const names = new Set(pod.containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)));

  return { ...pod, restartPolicy: pod.restartPolicy ?? 'Always', volumes: [...names].map((name) => ({ name, emptyDir: {} })) };
}

describe.each<HelmVersion>(['3', '4'])('Helm %s', (version) => {
  test('stops before anything is made when Secrets are missing, and names each with its keys', async () => {
    const { ok, output } = await plan(version);

    expect(ok).toBe(false);
    expect(output).toMatch(/Secrets are missing in namespace tartware-system:\n.*tartware-billing-client, with the keys SERVICE_CLIENT_SECRET\n/s);
    expect(output).toContain('tartware-core-migration, with the keys DATABASE_URL');
    expect(output.match(/^ {2}tartware-/gm)).toHaveLength(28);
  });

  test('names the one key that is missing', async () => {
    await cluster.apply(...secretsForRelease(['reservations']));
    await cluster.kubectl('patch', 'secret', 'tartware-kafka', '-n', namespace, '--type=json', '-p', '[{"op":"move","from":"/data/KAFKA_BROKERS","path":"/data/BROKERS"}]');
    const { output } = await plan(version, ...small);

    expect(output.match(/^ {2}tartware-.*$/gm)).toEqual(['  tartware-kafka has no key KAFKA_BROKERS']);
  });

  test('goes on when all are there, or when told to', async () => {
    await cluster.apply(...secretsForRelease(['reservations']));
    expect(await plan(version, ...small)).toMatchObject({ ok: true });
    await cluster.kubectl('delete', 'secret', 'tartware-redis', '-n', namespace);
    expect(await plan(version, ...small)).toMatchObject({ ok: false });
    expect(await plan(version, ...small, '--set', 'secrets.check=false')).toMatchObject({ ok: true });
  });

  test('makes a demo\'s Secrets and stores once, and what went missing as it was', async () => {
    const demo = ['-f', 'tartware/values-demo.yaml', ...small];
    const first = objectsOf(await plan(version, ...demo)).filter(({ kind }) => ['Secret', 'StatefulSet'].includes(kind));

    expect(first.filter(({ kind }) => kind === 'StatefulSet')).toHaveLength(4);
    await cluster.apply(...first);
    expect(objectsOf(await plan(version, ...demo)).filter(({ kind, metadata }) => ['Secret', 'StatefulSet'].includes(kind) || metadata.name === 'tartware-postgresql-wait')).toEqual([]);
    await cluster.kubectl('delete', 'secret', 'tartware-rooms-database', '-n', namespace);
    expect(objectsOf(await plan(version, ...demo)).filter(({ kind }) => kind === 'Secret').map(({ metadata, data }) => [metadata.name, data]))
      .toEqual(first.filter(({ metadata }) => metadata.name === 'tartware-rooms-database').map(({ metadata, data }) => [metadata.name, data]));
  });
});

test('Pod Security "restricted" admits each pod of a demo\'s stores, and of what waits for them', async () => {
  const hooks = objectsOf(charts[4].template('tartware', ['-f', 'tartware/values-demo.yaml', ...small])).filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] !== undefined);
  const pods = hooks.flatMap(({ metadata: { name }, spec }) => (spec?.template ? [{ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace }, spec: withVolumes(spec.template.spec) }] : []));
  const admitted = await kubectl(cluster.context, ['create', '--dry-run=server', '--output=name', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: pods }));

  expect(admitted.split('\n').sort()).toEqual([...['clickhouse', 'kafka', 'postgresql', 'postgresql-wait', 'redis'].map((store) => `pod/tartware-${ store }`), 'pod/reservations-migrate'].sort());
});
