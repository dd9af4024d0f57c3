import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Charts } from './testing/helm.ts';
import { ofKind } from './testing/manifests.ts';
import type { Manifest } from './testing/manifests.ts';
import { objectsOf } from './testing/network.ts';

interface Schema {
  description?: string;
  properties?: Record<string, Schema>;
  items?: Schema;
}

interface Definition {
  kind: 'CustomResourceDefinition';
  metadata: { name: string; annotations: Record<string, string> };
  spec: { names: { kind: string }; versions: { name: string; schema: { openAPIV3Schema: Schema } }[] };
}

let charts: Charts;
let standard: Manifest[];
let enabled: Manifest[];

beforeAll(() => {
  charts = new Charts();
  standard = charts.render('tartware-controller');
  enabled = charts.render('tartware-controller', ['--set', 'controller.enabled=true', '--set', 'controller.namespaces={a,b}']);
});
afterAll(() => charts.remove());

/** Paths of fields that `kubectl explain` would say nothing about. */
function unexplained({ properties = {}, items }: Schema, path: string): string[] {
  const fields = Object.entries(properties).flatMap(([name, field]) => [...(field.description === undefined ? [`${ path }.${ name }`] : []), ...unexplained(field, `${ path }.${ name }`)]);

  return [...fields, ...(items === undefined ? [] : unexplained(items, `${ path }[]`))];
}

describe('the definitions', () => {
  test('are three, and stay when the release goes', () => {
    const definitions = objectsOf<Definition>(standard, 'CustomResourceDefinition');

    expect(definitions.map(({ spec }) => spec.names.kind).sort()).toEqual(['LoadTest', 'LoadTestProfile', 'ScalingOverride']);
    expect(definitions.map(({ metadata }) => metadata.annotations['helm.sh/resource-policy'])).toEqual(['keep', 'keep', 'keep']);
  });

  test('explain each of their fields', () => {
    const silent = objectsOf<Definition>(standard, 'CustomResourceDefinition').flatMap(({ spec }) => {
      const { spec: wanted, status } = spec.versions[0]!.schema.openAPIV3Schema.properties!;

      return [...unexplained({ properties: { spec: wanted! } }, spec.names.kind), ...unexplained({ properties: status === undefined ? {} : { status } }, spec.names.kind)];
    });

    expect(silent).toEqual([]);
  });

  test('can be left to somebody else, and so can the roles', () => {
    expect(charts.render('tartware-controller', ['--set', 'crds.enabled=false', '--set', 'roles.enabled=false'])).toEqual([]);
  });
});

describe('the controller', () => {
  test('is off by default, and the notes say that nothing acts', () => {
    expect(ofKind(standard, 'Deployment')).toEqual([]);
    expect(charts.helm(['install', 'x', 'tartware-controller', '--dry-run=client']).output).toMatch(/controller is NOT installed.*changes nothing/s);
  });

  test('meets Pod Security "restricted", read only, and finds its Lease', () => {
    const { spec } = ofKind(enabled, 'Deployment')[0]!.spec.template;
    const [container] = spec.containers;
    const variables = Object.fromEntries(container.env.map(({ name, value }) => [name, value]));

    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
    expect(container.securityContext).toEqual({ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } });
    expect(variables).toMatchObject({ LEASE_NAME: 'tartware-controller', NAMESPACES: 'a,b', MAX_RPS: '50000' });
  });

  test('has its rights in the namespaces named, each by a Role of its own', () => {
    const roles = objectsOf<{ kind: 'Role'; metadata: { name: string; namespace: string } }>(enabled, 'Role').map(({ metadata }) => `${ metadata.namespace }/${ metadata.name }`);

    expect(roles).toEqual(expect.arrayContaining(['a/tartware-controller', 'b/tartware-controller', 'tartware-system/tartware-controller-leader']));
    expect(roles).toHaveLength(3);
  });
});

test.each([
  [['--set', 'controller.replica=2'], /replica/],
  [['--set', 'controller.image.tag=latest'], /tag/],
  [['--set', 'controller.maxRps=0'], /maxRps/],
  [['--set', 'roles.prometheus=http://prometheus:9090'], /prometheus/],
  [['--set', 'controller.namespaces={Not_A_Name}'], /namespaces/],
])('%j is refused, naming the key', (args, words) => {
  const { ok, output } = charts.template('tartware-controller', args);

  expect({ ok, output }).toMatchObject({ ok: false, output: expect.stringMatching(words) });
});
