import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { CRD_SETS } from '../sandbox/build/crds.ts';
import { isLocal, loadState } from './platform/state.ts';

const repository = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string): string => readFileSync(`${ repository }/${ path }`, 'utf8');
const document = read('docs/versions.md');

/** The rows of the table below a heading, each as its cells. */
function table(heading: string): string[][] {
  const section = document.split(/^## /m).find((part) => part.startsWith(`${ heading }\n`)) ?? '';

  return section.split('\n').filter((line) => line.startsWith('|')).slice(2).map((line) => line.split('|').slice(1, -1).map((cell) => cell.trim()));
}

const plain = (cell: string | undefined): string => cell?.replaceAll('`', '') ?? '';

describe('docs/versions.md', () => {
  test('has every release of the Helmfile, at its version and with a reason, and no other', () => {
    const rows = table('Platform').map(([name, , version, , reason, end]) => ({ name: plain(name), version: plain(version), complete: Boolean(reason) && Boolean(end) }));

    expect(rows.map(({ name, version }) => `${ name } ${ version }`).sort())
      .toEqual(loadState().releases.filter((release) => !isLocal(release)).map(({ name, version }) => `${ name } ${ version ?? '' }`).sort());
    expect(rows.filter(({ complete }) => !complete)).toEqual([]);
  });

  test('says what was asked for where the mission asks for a version', () => {
    const asked = new Map(table('Platform').map(([name, wish]) => [plain(name), wish]));

    expect(['rancher', 'istiod', 'cert-manager', 'rancher-monitoring', 'jaeger'].map((name) => asked.get(name)))
      .toEqual(['2.8.0', '1.22', '1.13', 'Prometheus 2.45, Grafana 10.0', '1.50']);
  });

  test('has the Kubernetes of the clusters, of the charts, and of the sandbox', () => {
    const [cluster] = parseAllDocuments(read('charts/platform/rancher/cluster-config.yaml')).map((each) => each.toJS() as { spec: { kubernetesVersion: string } });
    const charts = /^kubeVersion: "(.+)"$/m.exec(read('charts/tartware/Chart.yaml'))?.[1];
    const sandbox = /k8s\.io\/kubernetes (v\S+)/.exec(read('sandbox/tools/cluster/go.mod'))?.[1];

    expect(table('Kubernetes and machines').map(([, , version]) => plain(version))).toEqual([cluster?.spec.kubernetesVersion, charts, sandbox]);
  });

  test('has the Helms that the tests build', () => {
    const built = read('sandbox/tools/cluster/go.mod').matchAll(/helm\.sh\/helm\/v[34] (v\S+)/g);

    expect(plain(table('Tools')[0]?.[1]).split(', ').sort()).toEqual([...built].map(([, version]) => version).sort());
  });

  test('has the kinds that the tests install', () => {
    expect(Object.fromEntries(table('Kinds that the tests install').map(([name, version]) => [plain(name), plain(version)])))
      .toEqual(Object.fromEntries(Object.entries(CRD_SETS).map(([name, { version }]) => [name, version])));
  });
});
