/** The kinds of other projects (cert-manager, Istio, …) for charts that are rendered without a cluster, and for clusters of tests. */
import { apiVersionsOf, crdSetNames, crdsOf } from '../../sandbox/build/crds.ts';
import type { Crd, CrdSet } from '../../sandbox/build/crds.ts';
import type { TestCluster } from '../../sandbox/testing/cluster.ts';

export { crdSetNames } from '../../sandbox/build/crds.ts';

/**
 * Kinds of projects whose definitions no package registry has (Rancher, Strimzi, the operators of ClickHouse and Redis): an API server of a test takes any
 * content for them. By group and version.
 */
const UNDEFINED_KINDS = {
  'catalog.cattle.io/v1': ['UIPlugin'],
  'clickhouse.altinity.com/v1': ['ClickHouseInstallation'],
  'clickhouse-keeper.altinity.com/v1': ['ClickHouseKeeperInstallation'],
  'kafka.strimzi.io/v1': ['Kafka', 'KafkaNodePool', 'KafkaTopic', 'KafkaUser'],
  'redis.redis.opstreelabs.in/v1beta2': ['RedisCluster'],
};

const asArgs = (versions: readonly string[]): string[] => (versions.length === 0 ? [] : ['--api-versions', versions.join(',')]);

/** Arguments of `helm template` that make a chart see the kinds of these sets, as if they were installed. */
export function apiVersionArgs(...sets: CrdSet[]): string[] {
  return asArgs(sets.flatMap((set) => apiVersionsOf(set)));
}

/** Arguments of `helm template` for a cluster that has every kind that any chart can make use of. */
export function everyApiVersionArgs(): string[] {
  return asArgs([
    ...crdSetNames.flatMap((set) => apiVersionsOf(set)),
    ...Object.entries(UNDEFINED_KINDS).flatMap(([apiVersion, kinds]) => [apiVersion, ...kinds.map((kind) => `${ apiVersion }/${ kind }`)]),
  ]);
}

function anyContent(apiVersion: string, kind: string): Crd {
  const [group = '', name = ''] = apiVersion.split('/');
  const plural = `${ kind.toLowerCase() }s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  const version = { name, served: true, storage: true, schema };

  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${ plural }.${ group }` },
    spec: { group, scope: 'Namespaced', names: { kind, plural }, versions: [version] },
  };
}

let everyCrd: readonly Crd[] | undefined;

/** Read once: they are 6 MB. */
function allCrds(): readonly Crd[] {
  everyCrd ??= [
    ...crdSetNames.flatMap((set) => crdsOf(set)),
    ...Object.entries(UNDEFINED_KINDS).flatMap(([apiVersion, names]) => names.map((kind) => anyContent(apiVersion, kind))),
  ];

  return everyCrd;
}

/** Those definitions that the objects need. Each costs an API server a good part of a second, and there are 80. */
export function crdsFor(objects: readonly { apiVersion: string; kind: string }[]): Crd[] {
  const kinds = new Set(objects.map(({ apiVersion, kind }) => `${ apiVersion }/${ kind }`));

  return allCrds().filter(({ spec }) => spec.versions.some(({ name }) => kinds.has(`${ spec.group }/${ name }/${ spec.names.kind }`)));
}

/** Installs definitions, and resolves when the API server serves them all. */
export async function installCrds(cluster: TestCluster, crds: readonly Crd[]): Promise<void> {
  await cluster.apply(...crds);
  await cluster.kubectl('wait', '--for=condition=Established', '--timeout=60s', ...crds.map(({ metadata }) => `crd/${ metadata.name }`));
}
