import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { totalErrorRatio, totalLatencyQuantile, totalRequestRate } from '../pkg/domain/queries.ts';
import { Charts } from './testing/helm.ts';
import { HEALTHY, NAMESPACE, TROUBLED, startMetricsFixture } from './testing/metrics-fixture.ts';
import type { MetricsFixture } from './testing/metrics-fixture.ts';
import { startMonitoring } from './testing/monitoring.ts';
import type { Monitoring } from './testing/monitoring.ts';
import { alertsOf, isAlert, renderRules } from './testing/rules.ts';
import type { RuleFile } from './testing/rules.ts';

const patience = { timeout: 30_000, interval: 250 };

interface Alert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  status: { state: string };
}

let fixture: MetricsFixture;
let monitoring: Monitoring;
let names: string[];

/**
 * The same rules in a time that a test can wait for: rates look back 3 s and 5 s instead of 2 m or 3 m and 5 m, at a scrape every half second,
 * and what must hold for minutes must hold for one second. Nothing else is changed.
 */
function hastened(file: RuleFile): RuleFile {
  return {
    groups: file.groups.map(({ name, rules }) => ({
      name,
      rules: rules.map((rule) => {
        const expr = rule.expr.replaceAll(/\[[23]m\]/g, '[3s]').replaceAll('[5m]', '[5s]');

        return isAlert(rule) ? { ...rule, expr, for: '1s', ...(rule.keep_firing_for && { keep_firing_for: '1s' }) } : { ...rule, expr };
      }),
    })),
  };
}

beforeAll(async () => {
  const charts = new Charts();
  const { spec } = renderRules(charts, ['--set', 'monitoring.grafanaUrl=https://grafana.example.com']);

  charts.remove();
  names = alertsOf(spec).map(({ alert }) => alert).sort();
  fixture = await startMetricsFixture();
  monitoring = await startMonitoring({ rules: hastened(spec), targets: fixture.targets, interval: '500ms' });
});
afterAll(async () => {
  await monitoring?.stop();
  fixture?.stop();
});

async function alerts(): Promise<Alert[]> {
  return (await monitoring.alertmanager('alerts')) as Alert[];
}

test('healthy traffic alerts nobody', async () => {
  // Eight evaluations with a latency: long enough for every alert, which must hold for a second.
  await vi.waitFor(async () => expect(await monitoring.query('count_over_time(tartware:gateway_latency_seconds:p99_5m[1m]) >= 8')).toHaveLength(1), patience);

  expect(await monitoring.prometheus('alerts')).toEqual({ alerts: [] });
  expect(await alerts()).toEqual([]);
});

test('the rules and the pages have the same figures', async () => {
  const scope = { namespace: NAMESPACE, windowSeconds: 5 };
  const pairs = [
    [totalRequestRate({ ...scope, windowSeconds: 3 }), 'tartware:gateway_requests:rate2m'],
    [totalErrorRatio(scope), 'tartware:gateway_errors:ratio_rate5m'],
    [totalLatencyQuantile(scope, 0.95), 'tartware:gateway_latency_seconds:p95_5m'],
    [totalLatencyQuantile(scope, 0.99), 'tartware:gateway_latency_seconds:p99_5m'],
  ] as const;

  for (const [{ promql }, recorded] of pairs) {
    const [evaluation] = await monitoring.query(`timestamp(${ recorded })`);
    const at = String(evaluation?.value);
    const [[ours], [theirs]] = await Promise.all([monitoring.query(recorded, at), monitoring.query(promql, at)]);

    // A scrape may have been written after its moment was evaluated.
    expect((ours?.value ?? 0) / (theirs?.value ?? 0), recorded).toBeCloseTo(1, 1);
  }
});

test('trouble reaches Alertmanager as all eleven alerts, in words', async () => {
  fixture.become(TROUBLED);
  const arrived = await vi.waitFor(async () => {
    const found = await alerts();

    expect(found.map(({ labels }) => labels.alertname).sort()).toEqual(names);

    return found;
  }, patience);

  for (const { labels, annotations, status } of arrived) {
    const words = Object.values(annotations).join('\n');

    expect(status.state, labels.alertname).toBe('active');
    expect(labels, labels.alertname).toMatchObject({ cluster: 'test', namespace: NAMESPACE, team: 'tartware', severity: expect.stringMatching(/^(warning|critical)$/) });
    expect(words, labels.alertname).not.toMatch(/\{\{|\}\}|<no value>|<error|%!|NaN/);
    expect(annotations.runbook_url).toMatch(new RegExp(`/${ labels.alertname }\\.md$`));
  }
  expect(Object.fromEntries(arrived.map(({ labels }) => [labels.alertname, labels.service]))).toEqual({
    TartwareHighRequestRate: 'api-gateway',
    TartwareLatencyP95High: 'api-gateway',
    TartwareLatencyP99Critical: 'api-gateway',
    TartwareErrorRatioHigh: 'api-gateway',
    TartwareServiceDown: 'command-center',
    TartwareHpaMaxedOut: 'core',
    TartwareHpaUnableToScale: 'billing',
    TartwareDatabasePoolHigh: 'rooms',
    TartwareMetricsAbsent: 'settings',
    TartwareOutboxStuck: 'guests',
    TartwareConsumerLagHigh: 'housekeeping',
  });
});

test('when all is well again they end', async () => {
  fixture.become(HEALTHY);

  await vi.waitFor(async () => expect(await monitoring.prometheus('alerts')).toEqual({ alerts: [] }), patience);
  await vi.waitFor(async () => expect(await alerts()).toEqual([]), patience);
});
