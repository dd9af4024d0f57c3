import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Charts } from './testing/helm.ts';
import { environment, mebibytes, millicores, named, ofKind } from './testing/manifests.ts';
import type { Manifest } from './testing/manifests.ts';
import { domainServices, services, variants } from './testing/services.ts';

const realNode = { matchExpressions: [{ key: 'sandbox.tartware.io/real', operator: 'Exists' }] };
let charts: Charts;

beforeAll(() => {
  charts = new Charts();
});
afterAll(() => charts.remove());

describe.each(['live', 'scale'] as const)('sandbox values %s', (variant) => {
  let manifests: Manifest[];

  beforeAll(() => {
    manifests = charts.render('tartware', [...variants[variant]]);
  });

  test.each(services)('%s: one pod of a revision prefers the real node, and simulated nodes take the others', (service) => {
    const { affinity, tolerations, topologySpreadConstraints } = named(manifests, 'Deployment', service).spec.template.spec;

    expect(affinity).toEqual({
      nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: realNode }] },
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [{
          topologyKey: 'sandbox.tartware.io/real',
          labelSelector: { matchLabels: { 'app.kubernetes.io/part-of': 'tartware', 'app.kubernetes.io/component': 'server' } },
          matchLabelKeys: ['app.kubernetes.io/name', 'pod-template-hash'],
        }],
      },
    });
    expect(tolerations).toEqual([{ key: 'kwok.x-k8s.io/node', operator: 'Exists', effect: 'NoSchedule' }]);
    expect(topologySpreadConstraints).toBeUndefined();
  });

  test.each(domainServices)('%s: the migration runs on the real node only', (service) => {
    expect(named(manifests, 'Job', `${ service }-migrate`).spec.template.spec.affinity)
      .toEqual({ nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [realNode] } } });
  });

  test('two pods of a service can listen on its ports at once, and core has its demo data', () => {
    const environments = ofKind(manifests, 'Deployment').map(({ spec }) => environment(spec.template.spec.containers[0]));

    expect(environments.map(({ REUSE_PORT, HOST }) => [REUSE_PORT, HOST])).toEqual(services.map(() => ['true', '0.0.0.0']));
    expect(environments.filter(({ SEED_DEMO }) => SEED_DEMO === 'true').map(({ PORT }) => PORT)).toEqual(['18081']);
  });
});

describe('live', () => {
  test('minima and requests are small enough for a laptop: ten pods, half a core', () => {
    const manifests = charts.render('tartware', [...variants.live]);
    const scalers = ofKind(manifests, 'HorizontalPodAutoscaler');
    const cpu = scalers.map(({ metadata, spec }) => spec.minReplicas * millicores(named(manifests, 'Deployment', metadata.name).spec.template.spec.containers[0].resources.requests.cpu));

    expect(scalers.map(({ spec }) => spec.minReplicas)).toEqual(scalers.map(({ metadata }) => (metadata.name === 'api-gateway' ? 2 : 1)));
    expect(cpu.reduce((sum, value) => sum + value)).toBe(500);
  });

  test('requests stay within limits', () => {
    for (const { metadata, spec } of ofKind(charts.render('tartware', [...variants.live]), 'Deployment')) {
      const { requests, limits } = spec.template.spec.containers[0].resources;

      expect(millicores(requests.cpu), metadata.name).toBeLessThanOrEqual(millicores(limits.cpu));
      expect(mebibytes(requests.memory), metadata.name).toBeLessThanOrEqual(mebibytes(limits.memory));
    }
  });
});
