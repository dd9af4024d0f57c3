import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { kubectl } from '../sandbox/kubectl.ts';
import { API_SERVER, startTestCluster } from '../sandbox/testing/cluster.ts';
import type { TestCluster } from '../sandbox/testing/cluster.ts';
import { crdsFor, everyApiVersionArgs, installCrds } from './testing/crds.ts';
import { Charts } from './testing/helm.ts';
import type { Run } from './testing/helm.ts';
import { matrix, platformReleases } from './testing/matrix.ts';
import type { Variant } from './testing/matrix.ts';

interface Rendered {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
}

const helm3 = new Charts('3');
const helm4 = new Charts('4');
const variants = matrix(helm4);
const platform = ['dev', 'production'].flatMap((environment) => platformReleases(helm4, environment));
const plainManifests = globSync('kubernetes/*.yaml', { cwd: import.meta.dirname });
const allKinds = everyApiVersionArgs();
/** By the name of the variant, or the file. */
const rendered = new Map<string, Rendered[]>();

afterAll(() => {
  helm3.remove();
  helm4.remove();
});

async function template(charts: Charts, { chart, namespace, release, args }: Variant, kinds: readonly string[]): Promise<Run> {
  return charts.helmAside(['template', release, chart, '--include-crds', '--namespace', namespace, ...kinds, ...args]);
}

function objectsOf({ ok, output }: Run): Rendered[] {
  if (!ok) {
    throw new Error(output);
  }

  return parsed(output);
}

function parsed(text: string): Rendered[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Rendered | null).filter((object) => object !== null);
}

describe.each(variants)('$name', (variant) => {
  let runs: { byHelm4: Run; byHelm3: Run; bare: Run };

  beforeAll(async () => {
    const [byHelm4, byHelm3, bare] = await Promise.all([template(helm4, variant, allKinds), template(helm3, variant, allKinds), template(helm4, variant, [])]);

    runs = { byHelm4, byHelm3, bare };
  });

  test('renders the same with Helm 3 and Helm 4', () => {
    const objects = objectsOf(runs.byHelm4);

    expect(objects.length).toBeGreaterThan(0);
    rendered.set(variant.name, objects);
    expect(objectsOf(runs.byHelm3)).toEqual(objects);
  });

  test('on a bare Kubernetes needs no kind of others, or says what to install', () => {
    if (runs.bare.ok) {
      expect(crdsFor(objectsOf(runs.bare)).map(({ metadata }) => metadata.name)).toEqual([]);
    } else {
      expect(runs.bare.output).toMatch(/execution error at .*: \n\n.*(install|needs)/is);
    }
  });
});

test.each(platform)('$name renders', async (variant) => {
  rendered.set(variant.name, objectsOf(await template(helm4, variant, allKinds)));
});

test.each(plainManifests)('%s is there', (file) => {
  rendered.set(file, parsed(readFileSync(join(import.meta.dirname, file), 'utf8')));
});

describe('the API server', () => {
  let cluster: TestCluster;
  /** What it took already, so that what variants have in common is asked once. */
  const taken = new Set<string>();
  const namespaces = new Set(['default']);

  beforeAll(async () => {
    cluster = await startTestCluster(API_SERVER);
    await installCrds(cluster, crdsFor([...rendered.values()].flat()));
  });
  afterAll(async () => cluster?.stop());

  /** The namespaces that objects go to have to be there, even for a dry run. */
  async function makeNamespaces(objects: Rendered[]): Promise<void> {
    const missing = [...new Set(objects.map(({ metadata }) => metadata.namespace ?? 'default'))].filter((name) => !namespaces.has(name));

    for (const name of missing) {
      await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      namespaces.add(name);
    }
  }

  async function dryRun(objects: Rendered[]): Promise<string[]> {
    const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    const output = await kubectl(cluster.context, ['apply', '--server-side', '--dry-run=server', '--validate=strict', '-f', '-'], list);

    return output.trim().split('\n');
  }

  test.each([...variants, ...platform].map(({ name }) => name).concat(plainManifests))('takes every object and every field of: %s', async (name) => {
    const fresh = (rendered.get(name) ?? []).filter((object) => !taken.has(JSON.stringify(object)));

    await makeNamespaces(fresh);
    if (fresh.length > 0) {
      expect(await dryRun(fresh)).toHaveLength(fresh.length);
    }
    fresh.forEach((object) => taken.add(JSON.stringify(object)));
  });

  test('refuses a field that it does not know', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'a' }, automountServiceAccountTokens: false };

    await expect(dryRun([account])).rejects.toThrow(/unknown field.*automountServiceAccountTokens/);
  });
});
