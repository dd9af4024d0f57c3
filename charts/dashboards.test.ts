import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { dashboards, documents } from './dashboards/index.ts';
import type { Panel } from './dashboards/model.ts';
import { Charts } from './testing/helm.ts';
import { withMonitoring } from './testing/rules.ts';

const folder = fileURLToPath(new URL('tartware/dashboards', import.meta.url));

interface GrafanaPanel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string }[];
}

interface ConfigMap {
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  data: Record<string, string>;
}

/** helm takes a moment, or several on a busy machine. */
vi.setConfig({ testTimeout: 60_000 });

let charts: Charts;

beforeAll(() => {
  charts = new Charts();
});
afterAll(() => charts.remove());

function panelsOf(name: string): Panel[] {
  return dashboards[name]?.rows.flatMap(({ panels }) => panels) ?? [];
}

test('the chart\'s files are what the sources say; node charts/dashboards/write.ts writes them', () => {
  expect(new Map(readdirSync(folder).map((file) => [file, readFileSync(`${ folder }/${ file }`, 'utf8')]).sort() as [string, string][])).toEqual(new Map([...documents()].sort()));
});

describe.each(Object.keys(dashboards))('%s', (name) => {
  const { uid, panels } = JSON.parse(documents().get(`${ name }.json`) ?? '') as { uid: string; panels: GrafanaPanel[] };

  test('has the address that alerts link to, and panels that neither share a number nor a place', () => {
    expect(uid).toBe(`tartware-${ name }`);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_cell, index) => `${ x + (index % w) },${ y + Math.floor(index / w) }`));

    expect(new Set(cells).size).toBe(cells.length);
    expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
  });

  test('says of every panel what it tells, and names every line', () => {
    for (const { title, description, queries } of panelsOf(name)) {
      expect(description, title).toMatch(/\.$/);
      expect(queries.every(({ legend }) => legend !== ''), title).toBe(true);
    }
  });

  test('asks for one namespace, or of nodes for one cluster, in every query', () => {
    for (const { title, queries } of panelsOf(name)) {
      for (const { expr } of queries) {
        const selectors = [...expr.matchAll(/\{([^}]*)\}/g)].map(([, matchers]) => matchers ?? '');

        expect(selectors.length, title).toBeGreaterThan(0);
        expect(selectors.filter((matchers) => !matchers.includes('cluster=~"$cluster"')), `${ title }: ${ expr }`).toEqual([]);
      }
    }
  });
});

test.each([
  ['overview', ['Request rate', 'Latency', 'Errors', 'Pods by service']],
  ['infrastructure', ['CPU', 'Memory', 'Received', 'Sent', 'Space used', 'Pods by node']],
  ['service', ['Answers', 'Statements', 'Hit rate', 'Queue lag']],
])('%s shows what was asked for', (name, titles) => {
  expect(panelsOf(name).map(({ title }) => title)).toEqual(expect.arrayContaining(titles));
});

describe('the chart', () => {
  test('brings each as a ConfigMap that Grafana\'s sidecar finds, unchanged', () => {
    const { output } = charts.template('tartware', [...withMonitoring, '--show-only', 'templates/monitoring/dashboards.yaml', '--set', 'monitoring.dashboards.namespace=cattle-dashboards']);
    const found = parseAllDocuments(output).map((document) => document.toJS() as ConfigMap);

    expect(found.map(({ metadata: { name, namespace, labels } }) => [name, namespace, labels.grafana_dashboard])).toEqual(
      Object.keys(dashboards).sort().map((name) => [`tartware-dashboard-${ name }`, 'cattle-dashboards', '1']),
    );
    for (const [file, text] of documents()) {
      expect(JSON.parse(found.map(({ data }) => data[`tartware-${ file }`]).find((one) => one !== undefined) ?? ''), file).toEqual(JSON.parse(text));
    }
  });

  test('brings none when they are switched off', () => {
    const names = charts.render('tartware', [...withMonitoring, '--set', 'monitoring.dashboards.enabled=false']).map(({ metadata }) => metadata.name);

    expect(names.filter((name) => name.includes('dashboard'))).toEqual([]);
  });
});
