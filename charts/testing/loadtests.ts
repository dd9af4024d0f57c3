/** Objects of tartware.io for tests: good ones, and ways to spoil them. */

export const namespace = 'tartware-system';
const apiVersion = 'tartware.io/v1alpha1';

export interface Custom {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string };
  spec: Record<string, unknown>;
}

const target = { url: 'http://api-gateway.tartware-system:8080', workloads: [{ namespace, selector: { matchLabels: { 'app.kubernetes.io/part-of': 'tartware' } } }] };

/** Everything that a profile can say. */
const template = {
  engine: 'locust',
  target,
  load: { model: 'ramping-arrival', stages: [{ duration: '60s', rps: 30_000 }, { duration: '9m', rps: 30_000 }], warmup: '60s', maxUsers: 12_000 },
  generator: { workers: 'auto', cpuPerWorker: '1', memoryPerWorker: '512Mi', nodeSelector: { pool: 'load' }, tolerations: [{ key: 'load', operator: 'Exists', effect: 'NoSchedule' }], priorityClassName: 'load' },
  script: { configMapRef: { name: 'scripts', key: 'hotel.py' }, sha256: 'a'.repeat(64) },
  objectives: [
    { metric: 'latency.p95', pass: '< 450', warn: '< 500', weight: 2, key: true },
    { metric: 'latency.p99', scope: 'endpoint:GET /v1/rooms', pass: '<= 900' },
    { metric: 'errors.ratio', pass: '< 0.04' },
    { metric: 'rps.achieved', pass: '>= 29100' },
    { metric: 'cpu.utilization', pass: '< 70' },
  ],
  baseline: { mode: 'lastN', n: 5, tolerancePercent: 10 },
  abortWhen: [{ metric: 'errors.ratio', op: '>', value: 0.2, for: '30s' }, { alert: 'TartwareErrorRatioHigh' }],
  deadlines: { workersReady: '180s', total: '20m' },
};

const smallest = { engine: 'locust', target: { url: target.url }, load: { stages: [{ duration: '30s', rps: 10 }] } };

export function object(kind: string, name: string, spec: Record<string, unknown>): Custom {
  return { apiVersion, kind, metadata: { name, namespace }, spec };
}

export const good: readonly Custom[] = [
  object('LoadTestProfile', 'full', { description: 'All of it', ...template }),
  object('LoadTestProfile', 'smoke', smallest),
  object('LoadTest', 'from-profile', { profileRef: { name: 'full' } }),
  object('LoadTest', 'with-changes', { profileRef: { name: 'full' }, generator: { workers: 4 }, baseline: { mode: 'pinned', run: 'from-profile' } }),
  object('LoadTest', 'alone', { ...smallest, engine: 'k6' }),
  object('ScalingOverride', 'tonight', { target: { name: 'core' }, minReplicas: 40, until: '2026-07-01T18:00:00Z', reason: 'A fair in town' }),
];

const load = (change: object): Record<string, unknown> => ({ ...smallest, load: { ...smallest.load, ...change } });
const profile = (change: object): Custom => object('LoadTestProfile', 'bad', { ...smallest, ...change });
const override = (change: object): Custom => object('ScalingOverride', 'bad', { target: { name: 'core' }, minReplicas: 4, until: '2026-07-01T18:00:00Z', ...change });

export const misspelt = profile({ targt: target });

/** What is wrong, the object, and what the refusal must say. */
export const bad: readonly (readonly [string, Custom, RegExp])[] = [
  ['neither a profile nor a load', object('LoadTest', 'bad', { engine: 'locust' }), /give profileRef, or all of engine, target and load/],
  ['a name that leaves no room for Jobs', object('LoadTest', 'n'.repeat(51), smallest), /50 characters at most/],
  ['an unknown engine', profile({ engine: 'gatling' }), /Unsupported value: .*gatling/],
  ['an address without a scheme', profile({ target: { url: 'api-gateway:8080' } }), /must be an address that begins with http/],
  ['no stage', profile(load({ stages: [] })), /should have at least 1 items/],
  ['a negative rate', profile(load({ stages: [{ duration: '30s', rps: -1 }] })), /greater than or equal to 0/],
  ['nothing but pauses', profile(load({ stages: [{ duration: '30s', rps: 0 }] })), /at least one stage must have an rps above 0/],
  ['a duration without a unit', profile(load({ stages: [{ duration: '30', rps: 1 }] })), /should match/],
  ['a stage of no time', profile(load({ stages: [{ duration: '0s', rps: 1 }] })), /a stage lasts 1s at least/],
  ['more than a day', profile(load({ stages: [{ duration: '13h', rps: 1 }, { duration: '12h', rps: 1 }] })), /24 hours at most/],
  ['a warm-up that leaves nothing', profile(load({ warmup: '30s' })), /warmup must be shorter than the stages/],
  ['a deadline before the end', profile({ deadlines: { total: '20s' } }), /deadlines.total must not be shorter/],
  ['no workers', profile({ generator: { workers: 0 } }), /a number from 1 to 200, or auto/],
  ['workers in words', profile({ generator: { workers: 'many' } }), /a number from 1 to 200, or auto/],
  ['a CPU of nought', profile({ generator: { cpuPerWorker: '0' } }), /a quantity of CPU above 0/],
  ['a script of another language', profile({ script: { configMapRef: { name: 's', key: 'hotel.js' } } }), /must end with .py/],
  ['an unknown metric', profile({ objectives: [{ metric: 'latency.p42', pass: '< 1' }] }), /Unsupported value: .*latency\.p42/],
  ['an objective without a comparison', profile({ objectives: [{ metric: 'latency.p95', pass: '450' }] }), /should match/],
  ['a warning in the other direction', profile({ objectives: [{ metric: 'latency.p95', pass: '< 450', warn: '> 500' }] }), /warn must compare in the same direction/],
  ['a pinned baseline without a run', profile({ baseline: { mode: 'pinned' } }), /mode pinned needs run/],
  ['an end by alert and metric at once', profile({ abortWhen: [{ alert: 'A', metric: 'errors.ratio', op: '>', value: 1 }] }), /give either alert or metric/],
  ['an end by a metric without a value', profile({ abortWhen: [{ metric: 'errors.ratio', op: '>' }] }), /metric needs op and value/],
  ['an override of nothing', object('ScalingOverride', 'bad', { target: { name: 'core' }, until: '2026-07-01T18:00:00Z' }), /give minReplicas, maxReplicas or both/],
  ['a minimum above the maximum', override({ maxReplicas: 3 }), /minReplicas must not be above maxReplicas/],
  ['a minimum of nought', override({ minReplicas: 0 }), /greater than or equal to 1/],
  ['an override without an end', object('ScalingOverride', 'bad', { target: { name: 'core' }, minReplicas: 4 }), /spec\.until: Required value/],
  ['an end that is no time', override({ until: 'tomorrow' }), /must be of type date-time/],
];
