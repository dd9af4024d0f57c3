import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Charts } from './testing/helm.ts';
import { environment, named } from './testing/manifests.ts';
import type { PodSpec } from './testing/manifests.ts';

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

  test('spreads over zones and nodes unless told otherwise', () => {
    expect(pod().topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual(['topology.kubernetes.io/zone', 'kubernetes.io/hostname']);
    expect(pod('scheduling.topologySpread=false').topologySpreadConstraints).toBeUndefined();
  });
});

test('a migration runs before anything of an install or upgrade, and is kept when it fails', () => {
  const { metadata, spec } = named(charts.render('service-template', set(['migration.enabled=true'])), 'Job', 'service-template-migrate');

  expect(metadata.annotations).toEqual({ 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/hook-delete-policy': 'before-hook-creation,hook-succeeded' });
  // The hook runs before the service's own account exists: naming it would leave the Job without pods for ever.
  expect(spec.template.spec.serviceAccountName).toBeUndefined();
});
