import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { API_SERVER, startTestCluster } from '../sandbox/testing/cluster.ts';
import type { TestCluster } from '../sandbox/testing/cluster.ts';
import { crdsFor, installCrds } from './testing/crds.ts';
import { Charts, helmVersions } from './testing/helm.ts';
import type { HelmVersion, Run } from './testing/helm.ts';
import { services } from './testing/services.ts';

const scaledObject = { apiVersion: 'keda.sh/v1alpha1', kind: 'ScaledObject' };
const charts = { 3: new Charts('3'), 4: new Charts('4') };
const platform = (path: string): string => fileURLToPath(new URL(`platform/${ path }`, import.meta.url));
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await startTestCluster(API_SERVER);
  await installCrds(cluster, crdsFor([scaledObject]));
  await cluster.apply(...['one', 'two'].map((name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })));
});
afterAll(async () => {
  await cluster?.stop();
  charts[3].remove();
  charts[4].remove();
});

const helm = async (version: HelmVersion, ...args: string[]): Promise<Run> => charts[version].helmIn(cluster.kubeconfig, args);
const tryOut = async (version: HelmVersion, chart: string, namespace: string, ...args: string[]): Promise<Run> => helm(version, 'install', 'tartware', chart, '-n', namespace, '--dry-run=server', ...args);

describe.each(helmVersions)('Helm %s', (version) => {
  test('refuses an autoscaler beside a ScaledObject, and says how to go back', async () => {
    await cluster.apply({ ...scaledObject, metadata: { name: 'by-hand', namespace: 'one' }, spec: { scaleTargetRef: { name: 'service-template' }, triggers: [{ type: 'cpu', metadata: { value: '50' } }] } });
    expect(await tryOut(version, 'service-template', 'one')).toMatchObject({
      ok: false,
      output: expect.stringContaining('service-template.autoscaling.mode: the ScaledObject by-hand scales this service already'),
    });
    expect(await tryOut(version, 'service-template', 'one', '--set', 'autoscaling.mode=keda')).toMatchObject({ ok: true });
    expect(await tryOut(version, 'service-template', 'two'), 'in another namespace').toMatchObject({ ok: true });
  });

  test('refuses a second release in a namespace before anything of it', async () => {
    const deployment = { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a' }] } } };

    await cluster.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'core', namespace: 'one', annotations: { 'meta.helm.sh/release-name': 'first' } }, spec: deployment });
    expect(await tryOut(version, 'tartware', 'one', '--set', 'secrets.check=false')).toMatchObject({
      ok: false,
      output: expect.stringContaining('Namespace one has a Deployment core already, of release first'),
    });
    expect(await tryOut(version, 'tartware', 'two', '--set', 'secrets.check=false')).toMatchObject({ ok: true });
  });
});

test('Helm takes over what base-config.yaml made', async () => {
  const base = parseAllDocuments(readFileSync(new URL('kubernetes/base-config.yaml', import.meta.url), 'utf8')).map((document) => document.toJS() as object);
  const bounds = ['--set', [...services.map((service) => `${ service }.enabled=false`), 'quota.enabled=true', 'limitRange.enabled=true', 'priorityClasses.create=true', 'secrets.check=false'].join()];

  await cluster.apply(...base);
  for (const version of helmVersions) {
    expect(await helm(version, 'upgrade', 'namespaces', platform('namespaces'), '--install', '-n', 'kube-system', '-f', platform('values/namespaces.yaml.gotmpl'))).toMatchObject({ ok: true });
    expect(await helm(version, 'upgrade', 'tartware', 'tartware', '--install', '-n', 'tartware-system', ...bounds)).toMatchObject({ ok: true });
  }
});
