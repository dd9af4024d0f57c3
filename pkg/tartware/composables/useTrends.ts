import { rangeStep, totalErrorRatio, totalLatencyQuantile, totalRequestRate, withGaps } from '@tartware/domain';
import type { Expression, Series } from '@tartware/domain';
import { useClients } from './useClients.ts';
import { SCOPE, useMetricsPolling } from './useMetrics.ts';
import type { MetricName } from './useMetrics.ts';
import type { Polled } from './usePolling.ts';

export interface Trends {
  /** Milliseconds since the epoch. */
  from: number;
  to: number;
  points: Record<MetricName, Series['points']>;
}

const SPAN_SECONDS = 30 * 60;
/** As wide as the chart is drawn on most screens; more points would not be seen. */
const PIXELS = 300;

const TOTALS: Record<MetricName, Expression> = {
  rps: totalRequestRate(SCOPE),
  p95: totalLatencyQuantile(SCOPE, 0.95),
  p99: totalLatencyQuantile(SCOPE, 0.99),
  errors: totalErrorRatio(SCOPE),
};

/** What the platform as a whole did in the last half hour. */
export function useTrends(): Polled<Trends> {
  const { prometheus } = useClients();

  return useMetricsPolling(async (signal) => {
    const now = Date.now() / 1000;
    const range = rangeStep(now - SPAN_SECONDS, now, PIXELS);
    const entries = await Promise.all(Object.entries(TOTALS).map(async ([name, expression]) => {
      const { series } = await prometheus.queryRange(expression, range, signal);

      return [name, withGaps(series[0]?.points ?? [], range.step)] as const;
    }));

    return { from: range.from * 1000, to: range.to * 1000, points: Object.fromEntries(entries) as Trends['points'] };
  });
}
