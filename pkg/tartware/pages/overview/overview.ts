import { formatRatio, formatSeconds, GATEWAY, readingOf, scalingState } from '@tartware/domain';
import type { Autoscaler, Reading, VectorAnswer } from '@tartware/domain';
import type { MetricName } from '../../composables/useMetrics.ts';

/** What the platform promises its users: the objectives of its load tests. Seconds, and a ratio of 0 to 1. */
export const OBJECTIVES = { p95: 0.45, p99: 0.9, errors: 0.04 };

export type Health = 'trouble' | 'strained' | 'fine' | 'unknown';

/** Why a service is not fine: an l10n key below `overview.reason` and what goes into it. */
export interface Reason {
  text: string;
  values: Record<string, string>;
}

export interface ServiceOverview {
  autoscaler: Autoscaler;
  health: Health;
  reasons: Reason[];
  readings: Record<MetricName, Reading>;
}

export interface Pods {
  current: number;
  min: number;
  max: number;
}

const WORST_FIRST: Health[] = ['trouble', 'strained', 'unknown', 'fine'];

/** All services, what is wrong first, each health in the order given. */
export function serviceOverviews(autoscalers: readonly Autoscaler[], metrics: Partial<Record<MetricName, VectorAnswer>>): ServiceOverview[] {
  const place = ({ health }: ServiceOverview) => WORST_FIRST.indexOf(health);

  return autoscalers.map((autoscaler) => overviewOf(autoscaler, metrics)).sort((a, b) => place(a) - place(b));
}

export function totalPods(autoscalers: readonly Autoscaler[]): Pods {
  const sum = (count: (autoscaler: Autoscaler) => number) => autoscalers.reduce((total, autoscaler) => total + count(autoscaler), 0);

  return { current: sum(({ status }) => status?.current ?? 0), min: sum(({ range }) => range.min), max: sum(({ range }) => range.max) };
}

/** The platform's figures are those of the gateway, out of the same answer as its row: one thing, one value. */
export function platformReadings(metrics: Partial<Record<MetricName, VectorAnswer>>): Record<MetricName, Reading> {
  return readingsOf(GATEWAY, metrics);
}

function readingsOf(service: string, metrics: Partial<Record<MetricName, VectorAnswer>>): Record<MetricName, Reading> {
  const read = (name: MetricName): Reading => {
    const answer = metrics[name];

    return answer ? readingOf(answer, { service }) : { state: 'absent' };
  };

  return { rps: read('rps'), p95: read('p95'), p99: read('p99'), errors: read('errors') };
}

function overviewOf(autoscaler: Autoscaler, metrics: Partial<Record<MetricName, VectorAnswer>>): ServiceOverview {
  const readings = readingsOf(autoscaler.name, metrics);
  const { name } = scalingState(autoscaler);
  const grave = [...scalingReasons(name), ...exceeded('errors', readings, formatRatio), ...exceeded('p99', readings, formatSeconds)];
  const slight = exceeded('p95', readings, formatSeconds);

  return { autoscaler, readings, reasons: [...grave, ...slight], health: healthOf(grave.length, slight.length, name === 'unknown') };
}

function healthOf(grave: number, slight: number, unknown: boolean): Health {
  if (grave > 0) return 'trouble';
  if (slight > 0) return 'strained';

  return unknown ? 'unknown' : 'fine';
}

function scalingReasons(state: string): Reason[] {
  return state === 'unable' || state === 'at-maximum' ? [{ text: state, values: {} }] : [];
}

function exceeded(name: keyof typeof OBJECTIVES, readings: Record<MetricName, Reading>, format: (value: number) => string): Reason[] {
  const reading = readings[name];

  return reading.state === 'measured' && reading.value > OBJECTIVES[name]
    ? [{ text: name, values: { value: format(reading.value), objective: format(OBJECTIVES[name]) } }]
    : [];
}
