import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execaSync } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { binariesFolder } from '../sandbox/build/go.ts';
import { loadState } from './platform/state.ts';
import { Charts } from './testing/helm.ts';
import type { Run } from './testing/helm.ts';
import { ofKind } from './testing/manifests.ts';
import type { Manifest } from './testing/manifests.ts';
import { connects, objectsOf } from './testing/network.ts';
import type { NetworkPolicy } from './testing/network.ts';
import { addToCatalogue } from './ui-catalogue.ts';

interface UiPlugin {
  kind: 'UIPlugin';
  metadata: { name: string; namespace: string };
  spec: { plugin: { name: string; version: string; endpoint: string; compressedEndpoint: string; noCache: boolean; noAuth: boolean; metadata: Record<string, string> } };
}

interface Package {
  name: string;
  version: string;
  rancher: { annotations: Record<string, string> };
}

const namespace = 'cattle-ui-plugin-system';
const inRancher = ['--namespace', namespace, '--api-versions', 'catalog.cattle.io/v1'];
const root = new URL('..', import.meta.url);
const json = (path: string): Package => JSON.parse(readFileSync(new URL(path, root), 'utf8')) as Package;
const chart = parse(readFileSync(new URL('charts/tartware-ui/Chart.yaml', root), 'utf8')) as { version: string; appVersion: string; annotations: Record<string, string> };
const extension = json('pkg/tartware/package.json');
let charts: Charts;
let manifests: Manifest[];

beforeAll(() => {
  charts = new Charts();
  manifests = charts.render('tartware-ui', inRancher);
});
afterAll(() => charts.remove());

function plugin(): UiPlugin {
  const [found] = objectsOf<UiPlugin>(manifests, 'UIPlugin');

  return found!;
}

function refusal(...args: string[]): string {
  const { ok, output }: Run = charts.template('tartware-ui', [...inRancher, ...args]);

  expect(ok).toBe(false);

  return output;
}

describe('versions', () => {
  test('chart, image, server and extension carry one version, which Rancher is told', () => {
    const { version } = extension;
    const [deployment] = ofKind(manifests, 'Deployment');

    expect([chart.version, chart.appVersion, json('services/extension-server/package.json').version, plugin().spec.plugin.version]).toEqual([version, version, version, version]);
    expect(deployment!.spec.template.spec.containers[0].image).toBe(`tartware/ui:${ version }`);
  });

  test('the chart asks of Rancher what the extension asks', () => {
    expect(chart.annotations).toMatchObject(extension.rancher.annotations);
    expect(plugin().spec.plugin.metadata).toMatchObject(extension.rancher.annotations);
  });
});

describe('the UIPlugin', () => {
  test('is named after the extension, where Rancher looks for it, and kept by Rancher for those who signed in', () => {
    expect(plugin().metadata).toMatchObject({ name: extension.name, namespace });
    expect(plugin().spec.plugin).toMatchObject({ name: extension.name, noCache: false, noAuth: false });
  });

  test('points at the Service of the pods, below the version', () => {
    const [service] = ofKind(manifests, 'Service');
    const { metadata, spec } = service!;
    const address = `http://${ metadata.name }.${ metadata.namespace }.svc:${ spec.ports[0]!.port }/${ extension.name }/${ extension.version }`;
    const { labels } = ofKind(manifests, 'Deployment')[0]!.spec.template.metadata;

    expect(plugin().spec.plugin).toMatchObject({ endpoint: address, compressedEndpoint: `${ address }.tgz` });
    expect(labels).toMatchObject(spec.selector);
  });
});

test('it is installed under one name everywhere, which the documents say, and the UIPlugin keeps the extension\'s', () => {
  const release = loadState().releases.find(({ chart: path }) => path.endsWith('/tartware-ui'))?.name;
  const documents = ['charts/tartware-ui/README.md', 'docs/extension-catalogue.md', 'docs/KUBERNETES_DEPLOYMENT.md', 'scripts/setup-kubernetes.sh'];
  const named = (path: string): string[] => [...readFileSync(new URL(path, root), 'utf8').matchAll(/(?:upgrade (?:--install )?|^ *install )(\S+) (?:charts\/tartware-ui|cattle-ui-plugin-system)\b/gm)].map(([, name]) => name ?? '');

  for (const path of documents) expect.soft(named(path), path).toEqual([release]);
  expect(plugin().metadata.name).toBe(extension.name);
});

describe('the pods', () => {
  test('meet Pod Security "restricted", read only, without a token', () => {
    const { spec } = ofKind(manifests, 'Deployment')[0]!.spec.template;

    expect(spec).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } } });
    expect(spec.containers[0].securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
  });

  test('are reached by Rancher alone, and reach nobody', () => {
    const policies = objectsOf<NetworkPolicy>(manifests, 'NetworkPolicy');
    const { labels } = ofKind(manifests, 'Deployment')[0]!.spec.template.metadata;
    const pod = { namespace, labels };
    const rancher = { namespace: 'cattle-system', labels: { app: 'rancher' } };

    expect(policies.map(({ spec }) => spec.ingress?.map(({ ports }) => ports))).toEqual([[[{ protocol: 'TCP', port: 'http' }]]]);
    expect(policies.map(({ spec }) => spec.ingress?.map(({ from }) => from))).toEqual([[[{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'cattle-system' } }, podSelector: { matchLabels: { app: 'rancher' } } }]]]);
    expect(connects(policies, pod, rancher, 443)).toBe(false);
  });

  test('come from a registry of one\'s own, or by digest', () => {
    const digest = `sha256:${ 'a'.repeat(64) }`;
    const imageOf = (...args: string[]): string => ofKind(charts.render('tartware-ui', [...inRancher, ...args]), 'Deployment')[0]!.spec.template.spec.containers[0].image;

    expect(imageOf('--set', 'global.imageRegistry=registry.example:5000', '--set', `image.digest=${ digest }`)).toBe(`registry.example:5000/tartware/ui@${ digest }`);
  });
});

test.each([
  [['--namespace', 'default'], /install with --namespace cattle-ui-plugin-system/],
  [['--set', 'image.tag=latest'], /"latest" names no version/],
  [['--set', 'replicas=-1'], /replicas/],
  [['--set', 'replica=3'], /replica/],
  [['--set', 'disruptionBudget.maxUnavailable=0'], /maxUnavailable/],
])('%j is refused, saying what to change', (args, words) => {
  expect(refusal(...args)).toMatch(words);
});

test('a cluster without Rancher is refused, saying where to install', () => {
  const { ok, output } = charts.template('tartware-ui', ['--namespace', namespace]);

  expect({ ok, output }).toMatchObject({ ok: false, output: expect.stringMatching(/install into the cluster that Rancher itself runs in/) });
});

describe('the catalogue', () => {
  const helm = join(binariesFolder(), 'helm');
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tartware-test-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('lists the chart under the extension\'s name, with what Rancher needs to offer it', () => {
    expect(addToCatalogue(folder, 'https://charts.example/tartware', helm)).toBe(`tartware-${ extension.version }.tgz`);
    const index = parse(readFileSync(join(folder, 'index.yaml'), 'utf8')) as { entries: Record<string, object[]> };

    expect(index.entries).toEqual({ tartware: [expect.objectContaining({
      name: 'tartware',
      version: extension.version,
      appVersion: extension.version,
      urls: [`https://charts.example/tartware/tartware-${ extension.version }.tgz`],
      annotations: expect.objectContaining({ 'catalog.cattle.io/ui-component': 'plugins', 'catalog.cattle.io/namespace': namespace, ...extension.rancher.annotations }),
    })] });
  });

  test('takes no version twice', () => {
    expect(() => addToCatalogue(folder, '', helm)).toThrow(/raise the version first/);
  });

  test('its package installs as Rancher installs it', () => {
    const { stdout } = execaSync(helm, ['template', 'tartware', join(folder, `tartware-${ extension.version }.tgz`), ...inRancher, '--set', 'global.cattle.systemDefaultRegistry=']);

    expect(stdout).toContain('kind: UIPlugin');
  });

  test('its commands are the documented ones', () => {
    expect(readFileSync(new URL('docs/extension-catalogue.md', root), 'utf8')).toContain('node charts/ui-catalogue.ts');
    expect(execaSync(process.execPath, [fileURLToPath(new URL('charts/ui-catalogue.ts', root))], { reject: false })).toMatchObject({ exitCode: 64, stderr: expect.stringContaining('Usage: node charts/ui-catalogue.ts') });
  });
});
