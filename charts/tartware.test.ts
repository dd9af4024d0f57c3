import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Charts } from './testing/helm.ts';
import { environment, mebibytes, millicores, named, ofKind } from './testing/manifests.ts';
import type { Deployment, Job, Manifest } from './testing/manifests.ts';
import { domainServices, services, sizing, variantNames, variants } from './testing/services.ts';
import { atMaximum, atMinimum } from './testing/sizing.ts';

let charts: Charts;
const rendered = new Map<string, Manifest[]>();
const render = (variant: keyof typeof variants): Manifest[] => rendered.get(variant) ?? [];

beforeAll(() => {
  charts = new Charts();
  for (const variant of variantNames) {
    rendered.set(variant, charts.render('tartware', [...variants[variant]]));
  }
});
afterAll(() => charts.remove());

describe.each(variantNames)('values %s', (variant) => {
  test('lint finds nothing', () => {
    expect(charts.helm(['lint', '--strict', '--quiet', 'tartware', ...variants[variant]])).toEqual({ ok: true, output: '' });
  });

  test('every service has one of each object under its own name', () => {
    for (const kind of ['Deployment', 'Service', 'ServiceAccount', 'HorizontalPodAutoscaler', 'PodDisruptionBudget'] as const) {
      expect(ofKind(render(variant), kind).map(({ metadata }) => metadata.name).sort(), kind).toEqual([...services].sort());
    }
  });

  test('every object lies in the release namespace, is labelled, and has a name that fits a DNS label', () => {
    for (const { kind, metadata } of render(variant)) {
      const { name, namespace, labels } = metadata;

      expect.soft(name.length, `${ kind } ${ name }`).toBeLessThanOrEqual(63);
      expect.soft(namespace, `${ kind } ${ name }`).toBe('tartware-system');
      expect.soft(labels, `${ kind } ${ name }`).toMatchObject({
        'app.kubernetes.io/name': kind === 'Job' ? name.replace(/-migrate$/, '') : name,
        'app.kubernetes.io/part-of': 'tartware',
        'app.kubernetes.io/instance': 'tartware',
      });
    }
  });

  test('every pod meets Pod Security "restricted", without a token', () => {
    const manifests = render(variant);
    const workloads: (Deployment | Job)[] = [...ofKind(manifests, 'Deployment'), ...ofKind(manifests, 'Job')];

    expect(workloads).toHaveLength(services.length + domainServices.length);
    for (const { metadata, spec } of workloads) {
      const pod = spec.template.spec;

      expect.soft(pod, metadata.name).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      });
      expect.soft([pod.hostNetwork, pod.hostPID, pod.hostIPC, pod.volumes], metadata.name).toEqual([undefined, undefined, undefined, undefined]);
      expect.soft(pod.containers.map(({ securityContext }) => securityContext), metadata.name)
        .toEqual([{ allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } }]);
    }
    expect(ofKind(manifests, 'ServiceAccount').every(({ automountServiceAccountToken }) => automountServiceAccountToken === false)).toBe(true);
  });

  test('each autoscaler watches the container of the one Deployment that it scales', () => {
    for (const service of services) {
      const { spec } = named(render(variant), 'HorizontalPodAutoscaler', service);
      const target = named(render(variant), 'Deployment', spec.scaleTargetRef.name).spec.template.spec;

      expect(spec.scaleTargetRef).toEqual({ apiVersion: 'apps/v1', kind: 'Deployment', name: service });
      expect(target.containers.map(({ name }) => name)).toEqual([service]);
      expect(spec.metrics).toEqual([['cpu', 70], ['memory', 80]].map(([name, averageUtilization]) => ({
        type: 'ContainerResource',
        containerResource: { name, container: service, target: { type: 'Utilization', averageUtilization } },
      })));
    }
  });

  test('the maxima are those of the mission, whatever the requests', () => {
    for (const service of services) {
      expect(named(render(variant), 'HorizontalPodAutoscaler', service).spec.maxReplicas, service).toBe(sizing[service].pods[1]);
    }
  });

  test.each(domainServices)('%s: a pod of its migration is neither served nor counted', (service) => {
    const { template } = named(render(variant), 'Job', `${ service }-migrate`).spec;

    expect(template.spec.containers[0].args).toEqual(['migrate']);
    expect(template.metadata.labels).not.toMatchObject(named(render(variant), 'Service', service).spec.selector);
    expect(template.metadata.labels).not.toMatchObject(named(render(variant), 'Deployment', service).spec.selector.matchLabels);
  });
});

describe.each(['defaults', 'scale'] as const)('sizing of %s', (variant) => {
  test.each(services)('%s has the pods, CPU and memory of the mission', (service) => {
    const { minReplicas, maxReplicas } = named(render(variant), 'HorizontalPodAutoscaler', service).spec;
    const { requests, limits } = named(render(variant), 'Deployment', service).spec.template.spec.containers[0].resources;

    expect({
      pods: [minReplicas, maxReplicas],
      cpu: [requests, limits].map(({ cpu }) => millicores(cpu) / 1000),
      memory: [requests, limits].map(({ memory }) => mebibytes(memory) / 1024),
    }).toEqual(sizing[service]);
  });

  test('the sums are those of the mission', () => {
    expect(atMinimum(render(variant))).toMatchObject({ pods: 53, requestsCpu: 36_400 });
    const { pods, requestsCpu, requestsMemory } = atMaximum(render(variant));

    expect([pods, requestsCpu, Math.round(requestsMemory / 1024)]).toEqual([510, 368_500, 514]);
  });
});

describe('connections', () => {
  test.each([['defaults', () => [8080, 9090]], ['live', (index: number) => [18_080 + index, 18_180 + index]]] as const)('%s: ports', (variant, expected) => {
    for (const [index, service] of services.entries()) {
      const [container] = named(render(variant), 'Deployment', service).spec.template.spec.containers;

      expect(container.ports.map(({ name, containerPort }) => [name, containerPort]), service).toEqual(['http', 'ops'].map((name, at) => [name, expected(index)[at]]));
      expect([environment(container).PORT, environment(container).OPS_PORT].map(Number), service).toEqual(expected(index));
    }
  });

  test.each(variantNames)('%s: every service but core, which calls none, knows the others by the addresses that they listen on', (variant) => {
    const address = (service: string): string => {
      const http = named(render(variant), 'Service', service).spec.ports.find(({ name }) => name === 'http');

      return `http://${ variant === 'defaults' ? service : '127.0.0.1' }:${ http?.port }`;
    };
    const urls = (service: string): Record<string, string> => {
      const env = environment(named(render(variant), 'Deployment', service).spec.template.spec.containers[0]);

      return Object.fromEntries(Object.entries(env).filter(([name]) => name.endsWith('_URL')));
    };
    const addresses = Object.fromEntries(domainServices.map((service) => [`${ service.toUpperCase().replace('-', '_') }_URL`, address(service)]));

    for (const service of services) {
      expect(urls(service), service).toEqual(service === 'core' ? {} : addresses);
    }
  });

  test.each(services)('%s gets the secrets of what it uses, its migration only the login that owns the schema', (service) => {
    const manifests = render('defaults');
    const secretsOf = ({ spec }: Deployment | Job): (string | undefined)[] => (spec.template.spec.containers[0].envFrom ?? []).map(({ secretRef }) => secretRef.name);
    const expected = {
      'api-gateway': ['tartware-redis'],
      core: ['tartware-core-database', 'tartware-token-signing', 'tartware-service-clients', 'tartware-kafka'],
      'command-center': ['tartware-command-center-database', 'tartware-command-center-client', 'tartware-kafka', 'tartware-redis', 'tartware-clickhouse'],
    }[service as string] ?? [`tartware-${ service }-database`, `tartware-${ service }-client`, 'tartware-kafka', 'tartware-redis'];

    expect(secretsOf(named(manifests, 'Deployment', service))).toEqual(expected);
    expect(ofKind(manifests, 'Job').filter(({ metadata }) => metadata.name === `${ service }-migrate`).map(secretsOf)).toEqual(service === 'api-gateway' ? [] : [[`tartware-${ service }-migration`]]);
  });
});

describe('choices', () => {
  test('a service can be left out', () => {
    const names = charts.render('tartware', ['--set', 'command-center.enabled=false']).map(({ metadata }) => metadata.name);

    expect(names).toContain('api-gateway');
    expect(names).not.toContain('command-center');
  });

  test('a registry of one\'s own stands before every image', () => {
    const manifests = charts.render('tartware', ['--set', 'global.imageRegistry=registry.example.com/hotel', '--set', 'global.imagePullSecrets={pull}']);
    const [container] = named(manifests, 'Deployment', 'core').spec.template.spec.containers;

    expect(container.image).toBe('registry.example.com/hotel/tartware/core:0.1.0');
  });

  test('ServiceMonitors are made where the cluster knows them', () => {
    const manifests = charts.render('tartware', ['--api-versions', 'monitoring.coreos.com/v1']);

    expect(ofKind(manifests, 'ServiceMonitor')).toHaveLength(services.length);
    expect(ofKind(render('defaults'), 'ServiceMonitor')).toEqual([]);
  });

  test('an unknown key is refused by name', () => {
    const { ok, output } = charts.template('tartware', ['--set', 'api-gatway.autoscaling.maxReplicas=3']);

    expect(ok).toBe(false);
    expect(output).toContain("'api-gatway' not allowed");
  });
});
