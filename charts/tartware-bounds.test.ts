import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { everyApiVersionArgs } from './testing/crds.ts';
import { Charts } from './testing/helm.ts';
import { mebibytes, millicores, named, ofKind } from './testing/manifests.ts';
import type { Manifest } from './testing/manifests.ts';
import { matrix } from './testing/matrix.ts';
import { services, variantNames, variants } from './testing/services.ts';
import { atMaximum, exceeded, largestSurge, migration, plus, quota } from './testing/sizing.ts';

let charts: Charts;
let plain: Manifest[];
/** With values-production.yaml. */
let production: Manifest[];
/** Each variant with its quota and its limit range. */
let bounded: Record<keyof typeof variants, Manifest[]>;

beforeAll(() => {
  charts = new Charts();
  const render = (variant: keyof typeof variants): Manifest[] => charts.render('tartware', [...variants[variant], '--set', 'quota.enabled=true,limitRange.enabled=true']);

  plain = charts.render('tartware');
  production = charts.render('tartware', [...(matrix(charts).find(({ name }) => name === 'production')?.args ?? []), ...everyApiVersionArgs()]);
  bounded = { defaults: render('defaults'), live: render('live'), scale: render('scale') };
});
afterAll(() => charts.remove());

describe('quota', () => {
  test.each(variantNames)('%s: every maximum, a rollout and a migration fit', (variant) => {
    const manifests = bounded[variant];
    const wanted = [largestSurge(manifests), migration(manifests)].reduce(plus, atMaximum(manifests));

    expect(exceeded(wanted, quota(manifests))).toEqual([]);
  });

  test.each(variantNames)('%s: a gateway beyond it does not render, and what to change is said', (variant) => {
    const { ok, output } = charts.template('tartware', [...variants[variant], '--set', 'quota.enabled=true', '--set', 'api-gateway.autoscaling.maxReplicas=250']);

    expect(ok).toBe(false);
    expect(output).toMatch(/do not fit the quota:[\s\S]*requests\.cpu: [\d.]+ cores at the maxima, \d+m? in the quota[\s\S]*Raise quota\.hard, or lower <service>\.autoscaling\.maxReplicas/);
  });

  test('names each resource that is short, in cores and gibibytes', () => {
    const { output } = charts.template('tartware', ['--set', 'quota.enabled=true', '--set', 'quota.hard.requests\\.cpu=200,quota.hard.requests\\.memory=400Gi,quota.hard.limits\\.cpu=400']);

    expect(output).toContain('  limits.cpu: 1282 cores at the maxima, 400 in the quota\n  requests.cpu: 368.5 cores at the maxima, 200 in the quota\n  requests.memory: 513.8Gi at the maxima, 400Gi in the quota\n');
  });

  test('counts the sidecars of a mesh that has them', () => {
    const { output } = charts.template('tartware', ['--set', 'quota.enabled=true', '--set', 'mesh.mode=sidecar', '--api-versions', 'security.istio.io/v1']);

    expect(output).toContain('requests.cpu: 419.5 cores at the maxima, 410 in the quota');
  });

  test('there is none unless asked for; in production there is, and every maximum, a rollout and a migration fit', () => {
    expect(ofKind(plain, 'ResourceQuota')).toEqual([]);
    expect(exceeded([largestSurge(production), migration(production)].reduce(plus, atMaximum(production)), quota(production))).toEqual([]);
  });
});

describe('limit range', () => {
  test.each(variantNames)('%s: every pod and every migration lies within it', (variant) => {
    const manifests = bounded[variant];
    const [bounds] = ofKind(manifests, 'LimitRange')[0]?.spec.limits ?? [];

    expect(bounds?.type).toBe('Container');
    for (const { metadata, spec } of [...ofKind(manifests, 'Deployment'), ...ofKind(manifests, 'Job')]) {
      const { requests, limits } = spec.template.spec.containers[0].resources;

      expect.soft(millicores(requests.cpu), metadata.name).toBeGreaterThanOrEqual(millicores(bounds?.min.cpu ?? ''));
      expect.soft(mebibytes(requests.memory), metadata.name).toBeGreaterThanOrEqual(mebibytes(bounds?.min.memory ?? ''));
      expect.soft(millicores(limits.cpu), metadata.name).toBeLessThanOrEqual(millicores(bounds?.max.cpu ?? ''));
      expect.soft(mebibytes(limits.memory), metadata.name).toBeLessThanOrEqual(mebibytes(bounds?.max.memory ?? ''));
    }
  });

  test.each([
    ['core.resources.limits.memory=7Gi', 'core.resources.limits.memory: 7Gi is above limitRange.max.memory, 6Gi'],
    ['core.resources.limits.cpu=4001m', 'core.resources.limits.cpu: 4001m is above limitRange.max.cpu, 4'],
    ['core.migration.resources.requests.cpu=5m', 'core.migration.resources.requests.cpu: 5m is below limitRange.min.cpu, 10m'],
  ])('%s is refused before no pod starts', (setting, message) => {
    const { ok, output } = charts.template('tartware', ['--set', `limitRange.enabled=true,${ setting }`]);

    expect(ok).toBe(false);
    expect(output).toContain(message);
  });

  test('there is none unless asked for, and in the sandbox and in production there is', () => {
    expect(ofKind(plain, 'LimitRange')).toEqual([]);
    expect(ofKind(charts.render('tartware', [...variants.live]), 'LimitRange')).toHaveLength(1);
    expect(ofKind(production, 'LimitRange')).toHaveLength(1);
  });
});

test('in production every service has a priority that the release creates, the way in the highest', () => {
  const created = new Map(ofKind(production, 'PriorityClass').map(({ metadata, value }) => [metadata.name, value]));
  const priority = (service: string): number | undefined => created.get(named(production, 'Deployment', service).spec.template.spec.priorityClassName ?? '');

  expect(services.map(priority)).not.toContain(undefined);
  expect(services.filter((service) => priority(service) === Math.max(...created.values()))).toEqual(['api-gateway', 'core']);
});
