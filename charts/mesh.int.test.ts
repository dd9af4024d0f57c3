import { afterAll, beforeAll, expect, test } from 'vitest';
import { crdsOf } from '../sandbox/build/crds.ts';
import { API_SERVER, startTestCluster } from '../sandbox/testing/cluster.ts';
import type { TestCluster } from '../sandbox/testing/cluster.ts';
import { installCrds } from './testing/crds.ts';
import { Charts, helmVersions } from './testing/helm.ts';
import type { HelmVersion, Run } from './testing/helm.ts';

const namespace = 'tartware-system';
let cluster: TestCluster;
const charts = { 3: new Charts('3'), 4: new Charts('4') } satisfies Record<HelmVersion, Charts>;

beforeAll(async () => {
  cluster = await startTestCluster(API_SERVER);
  await installCrds(cluster, crdsOf('istio'));
  await cluster.kubectl('create', 'namespace', namespace);
});
afterAll(async () => {
  await cluster?.stop();
  Object.values(charts).forEach((each) => each.remove());
});

/** What an install would do, asked of the cluster itself. */
async function install(version: HelmVersion, mode: string): Promise<Run> {
  return charts[version].helmIn(cluster.kubeconfig, ['install', 'tartware', 'tartware', '--namespace', namespace, '--dry-run=server', '--set', `mesh.mode=${ mode }`]);
}

test.each(helmVersions)('Helm %s: a mesh is refused while the namespace is in none, since no policy of it would hold', async (version) => {
  expect(await install(version, 'ambient')).toMatchObject({ ok: false, output: expect.stringContaining(`kubectl label namespace ${ namespace } istio.io/dataplane-mode=ambient`) });
  expect(await install(version, 'sidecar')).toMatchObject({ ok: false, output: expect.stringContaining(`kubectl label namespace ${ namespace } istio-injection=enabled`) });
});

test('each mode takes its own label', async () => {
  await cluster.kubectl('label', 'namespace', namespace, 'istio.io/dataplane-mode=ambient');
  expect(await install('4', 'ambient')).toMatchObject({ ok: true });
  expect(await install('4', 'sidecar')).toMatchObject({ ok: false });

  await cluster.kubectl('label', 'namespace', namespace, 'istio.io/dataplane-mode-', 'istio.io/rev=stable');
  expect(await install('3', 'sidecar')).toMatchObject({ ok: true });
  expect(await install('3', 'ambient')).toMatchObject({ ok: false });
});
