/** The kinds of other projects (cert-manager, Istio, …) for charts that are rendered without a cluster, and for clusters of tests. */
import { apiVersionsOf, crdFile } from '../../sandbox/build/crds.ts';
import type { CrdSet } from '../../sandbox/build/crds.ts';
import type { TestCluster } from '../../sandbox/testing/cluster.ts';

export { crdSetNames } from '../../sandbox/build/crds.ts';

/** Arguments of `helm template` that make a chart see the kinds of these sets, as if they were installed. */
export function apiVersionArgs(...sets: CrdSet[]): string[] {
  return sets.length === 0 ? [] : ['--api-versions', sets.flatMap(apiVersionsOf).join(',')];
}

/** Installs the definitions of these sets, and resolves when the API server serves them all. */
export async function installCrds(cluster: TestCluster, sets: readonly CrdSet[]): Promise<void> {
  const files = sets.flatMap((set) => ['-f', crdFile(set)]);

  await cluster.kubectl('apply', '--server-side', '--field-manager=crds', ...files);
  await cluster.kubectl('wait', '--for=condition=Established', '--timeout=60s', ...files);
}
