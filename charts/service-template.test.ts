import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Charts } from './testing/helm.ts';
import { environment, named } from './testing/manifests.ts';
import type { Job, PodSpec } from './testing/manifests.ts';

let charts: Charts;

/** The pod that the chart makes by itself; its service is then called like the chart. */
const pod = (...settings: string[]): PodSpec => named(charts.render('service-template', set(settings)), 'Deployment', 'service-template').spec.template.spec;
const set = (settings: string[]): string[] => settings.flatMap((setting) => ['--set', setting]);

beforeAll(() => {
  charts = new Charts();
});
afterAll(() => charts.remove());

test('lint finds nothing', () => {
  expect(charts.helm(['lint', '--strict', '--quiet', 'service-template'])).toEqual({ ok: true, output: '' });
});

describe('values that make no sense are refused, naming the key', () => {
  test.each([
    ['autoscaling.minReplicas=-1', "'/autoscaling/minReplicas': minimum: got -1, want 1"],
    ['autoscaling.minReplicas=0', "'/autoscaling/minReplicas': minimum: got 0, want 1"],
    ['autoscaling.minReplicas=5', 'minReplicas 5 is above maxReplicas 4'],
    ['autoscaling.maxReplicas=many', "'/autoscaling/maxReplicas': got string, want integer"],
    ['autoscaling.cpuUtilization=170', "'/autoscaling/cpuUtilization': maximum: got 170, want 100"],
    ['autoscaling.targetCPU=70', "'/autoscaling': additional properties 'targetCPU' not allowed"],
    ['replicaCount=3', "additional properties 'replicaCount' not allowed"],
    ['image.tag=latest', 'the tag "latest" names no version'],
    ['ports.http=70000', "'/ports/http': maximum: got 70,000, want 65,535"],
    ['ports.http=9090', 'http and ops are both 9090'],
    ['resources.requests.memory=512', "'/resources/requests/memory'"],
    ['resources.requests.cpu=1core', "'/resources/requests/cpu'"],
    ['resources.limits.cpu=null', "'/resources/limits': missing property 'cpu'"],
    ['logLevel=verbose', "'/logLevel'"],
    ['upstreams.core=core:8080', "'/upstreams/core'"],
    ['upstreams.Core=http://core:8080', "'/upstreams': additional properties 'Core' not allowed"],
    ['env.lower=x', "'/env': additional properties 'lower' not allowed"],
    ['env.PORT=x', 'env: PORT follows from ports.http; change it there'],
    ['env.NODE_OPTIONS=--inspect', 'env: NODE_OPTIONS follows from resources.limits.memory; change it there'],
    ['image.digest=sha256:0', "'/image/digest': 'sha256:0' does not match pattern"],
    ['podLabels.app\\.kubernetes\\.io/name=x', 'podLabels: app.kubernetes.io/name is the chart\'s own'],
    ['podLabels.helm\\.sh/chart=x', 'podLabels: helm.sh/chart is the chart\'s own'],
    ['rollout.maxSurge=a quarter', "'/rollout/maxSurge'"],
    ['shutdown.preStopSeconds=29', 'graceSeconds 30 leaves no time to drain after preStopSeconds 29; make it at least 31'],
  ])('%s', (setting, message) => {
    const { ok, output } = charts.template('service-template', set([setting]));

    expect(ok).toBe(false);
    expect(output).toContain(message);
  });
});

describe('the pod', () => {
  test('is probed on the operations port: alive by itself, ready with what it needs', () => {
    const { startupProbe, readinessProbe, livenessProbe } = pod().containers[0];

    expect([startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet)).toEqual([
      { path: '/health/live', port: 'ops' },
      { path: '/health/ready', port: 'ops' },
      { path: '/health/live', port: 'ops' },
    ]);
  });

  test('is told to be done before it is killed, the pause before SIGTERM included', () => {
    const { terminationGracePeriodSeconds, containers: [container] } = pod('shutdown.graceSeconds=60', 'shutdown.preStopSeconds=10');
    const drainMs = Number(environment(container).SHUTDOWN_GRACE_MS);

    expect(terminationGracePeriodSeconds).toBe(60);
    expect(container.lifecycle?.preStop.sleep.seconds).toBe(10);
    expect(10_000 + drainMs).toBeLessThan(60_000);
  });

  test('gets upstreams, plain variables and secrets as environment', () => {
    const [container] = pod('upstreams.command-center=http://command-center:8080', 'env.SEED_DEMO=yes', 'envFromSecrets={one,two}').containers;

    expect(environment(container)).toMatchObject({ COMMAND_CENTER_URL: 'http://command-center:8080', SEED_DEMO: 'yes', HOST: '0.0.0.0', LOG_LEVEL: 'info' });
    expect(container.envFrom).toEqual([{ secretRef: { name: 'one' } }, { secretRef: { name: 'two' } }]);
  });

  test.each([['512Mi', 384], ['4Gi', 3072], ['1.5Gi', 1152]])('of %s leaves Node a heap of three quarters', (limit, megabytes) => {
    expect(environment(pod(`resources.limits.memory=${ limit }`).containers[0]).NODE_OPTIONS).toBe(`--max-old-space-size=${ megabytes }`);
  });

  test('runs the image of a digest, whatever the tag', () => {
    const digest = `sha256:${ 'a'.repeat(64) }`;

    expect(pod(`image.digest=${ digest }`, 'image.tag=1.2.3').containers[0].image).toBe(`tartware/service-template@${ digest }`);
  });

  test('carries labels, annotations and a priority', () => {
    const settings = ['podLabels.team=own', 'podAnnotations.note=x', 'scheduling.priorityClassName=high'];
    const { template } = named(charts.render('service-template', set(settings)), 'Deployment', 'service-template').spec;

    expect(template.metadata).toMatchObject({ labels: { team: 'own' }, annotations: { note: 'x' } });
    expect(template.spec.priorityClassName).toBe('high');
  });

  test('spreads over zones and nodes unless told otherwise', () => {
    expect(pod().topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
    expect(pod('scheduling.topologySpread=false').topologySpreadConstraints).toBeUndefined();
  });
});

describe('a migration', () => {
  const migrate = (...settings: string[]): Job => named(charts.render('service-template', set(['migration.enabled=true', ...settings])), 'Job', 'service-template-migrate');

  test('runs before anything of an install or upgrade, and is kept when it fails', () => {
    const { metadata, spec } = migrate();

    expect(metadata.annotations).toEqual({ 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded' });
    // The hook runs before the service's own account and the umbrella's classes exist: naming one would leave the Job without pods for ever.
    expect(spec.template.spec.serviceAccountName).toBeUndefined();
    expect(migrate('scheduling.priorityClassName=high').spec.template.spec.priorityClassName).toBeUndefined();
  });

  test('has a heap of its own limit, and secrets of its own where they are named', () => {
    const [container] = migrate('envFromSecrets={serving}', 'migration.envFromSecrets={owner}', 'migration.resources.limits.memory=1Gi').spec.template.spec.containers;

    expect(environment(container).NODE_OPTIONS).toBe('--max-old-space-size=768');
    expect(container.envFrom).toEqual([{ secretRef: { name: 'owner' } }]);
    expect(migrate('envFromSecrets={serving}').spec.template.spec.containers[0].envFrom).toEqual([{ secretRef: { name: 'serving' } }]);
  });
});

test('a ServiceMonitor gives series the labels that queries select by, and can carry labels to be found by', () => {
  const settings = [...set(['serviceMonitor.labels.release=monitoring']), '--api-versions', 'monitoring.coreos.com/v1'];
  const { metadata, spec: { endpoints } } = named(charts.render('service-template', settings), 'ServiceMonitor', 'service-template');

  expect(metadata.labels.release).toBe('monitoring');
  expect(endpoints).toMatchObject([{ port: 'ops', path: '/metrics', interval: '30s' }]);
  expect(endpoints[0]?.relabelings.map(({ targetLabel, sourceLabels }) => [targetLabel, ...sourceLabels])).toEqual([
    ['container', '__meta_kubernetes_pod_container_name'],
    ['namespace', '__meta_kubernetes_namespace'],
    ['pod', '__meta_kubernetes_pod_name'],
    ['service', '__meta_kubernetes_service_name'],
  ]);
});
