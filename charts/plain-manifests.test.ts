import { readFileSync, readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { plainManifests } from './kubernetes/render.ts';
import { Charts } from './testing/helm.ts';
import type { Manifest } from './testing/manifests.ts';
import { services } from './testing/services.ts';

const folder = new URL('kubernetes/', import.meta.url);
let charts: Charts;
let files: Record<string, string>;

const objects = (file: string): Manifest[] => parseAllDocuments(files[file] ?? '').map((document) => document.toJS() as Manifest);

beforeAll(() => {
  charts = new Charts();
  files = plainManifests(charts);
});
afterAll(() => charts.remove());

test('the files are what the charts render to; else: node charts/kubernetes/render.ts', () => {
  const there = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

  expect(Object.fromEntries(there.map((name) => [name, readFileSync(new URL(name, folder), 'utf8')]))).toEqual(files);
});

test('base-config.yaml has both namespaces with their Pod Security, priorities and bounds, each for Helm to take over', () => {
  const base = objects('base-config.yaml');

  expect(base.map(({ kind, metadata }) => `${ kind } ${ metadata.name }`)).toEqual([
    'Namespace tartware-system', 'Namespace database', 'PriorityClass tartware-critical', 'PriorityClass tartware-standard', 'ResourceQuota tartware', 'LimitRange tartware',
  ]);
  expect(base.slice(0, 2).map(({ metadata }) => metadata.labels['pod-security.kubernetes.io/enforce'])).toEqual(['restricted', 'restricted']);
  for (const { kind, metadata } of base) {
    expect.soft(metadata.labels['app.kubernetes.io/managed-by'], kind).toBe('Helm');
    expect.soft(metadata.annotations?.['meta.helm.sh/release-name'], kind).toBe(kind === 'Namespace' ? 'namespaces' : 'tartware');
  }
});

test('hpa-advanced.yaml has one autoscaler per service, and none that says Helm owns it', () => {
  const scalers = objects('hpa-advanced.yaml');

  expect(scalers.map(({ kind, metadata }) => `${ kind } ${ metadata.name }`)).toEqual([...services].sort().map((service) => `HorizontalPodAutoscaler ${ service }`));
  expect(scalers.flatMap(({ metadata }) => Object.keys(metadata.labels))).not.toContain('app.kubernetes.io/managed-by');
});
