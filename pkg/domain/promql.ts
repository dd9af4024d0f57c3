import { TartwareError } from './errors.ts';

/** A PromQL expression that was put together by this file; nothing else makes one out of text. */
export interface Expression {
  readonly promql: string;
}

/** One metric's series; the only thing that has a window. */
export interface Selector extends Expression {
  readonly metric: string;
}

/** One condition on a label. `oneOf` and `noneOf` take plain values; only `matches` takes a pattern (RE2, anchored at both ends). */
export type Matcher =
  | { label: string; is: 'equal' | 'notEqual' | 'matches'; value: string }
  | { label: string; is: 'oneOf' | 'noneOf'; value: readonly string[] };

const METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const OPERATORS = { equal: '=', notEqual: '!=', oneOf: '=~', noneOf: '!~', matches: '=~' } as const;

/** `metric{label="value",…}`. @throws TartwareError PROMQL_NAME_INVALID, PROMQL_MATCHER_EMPTY */
export function select(metric: string, matchers: readonly Matcher[] = []): Selector {
  const conditions = matchers.map((matcher) => `${ labelName(matcher.label) }${ OPERATORS[matcher.is] }"${ escapeString(written(matcher)) }"`);

  return { metric: metricName(metric), promql: `${ metric }${ conditions.length > 0 ? `{${ conditions.join(',') }}` : '' }` };
}

/** `rate(series[seconds])`. @throws TartwareError PROMQL_DURATION_INVALID */
export function rate(series: Selector, windowSeconds: number): Expression {
  return { promql: `rate(${ series.promql }[${ duration(windowSeconds) }])` };
}

/**
 * How far a rate should look back, in whole seconds: four scrapes, so that a lost one leaves no hole; in a chart at least from one
 * point to the next and a scrape more, so that nothing between two points goes unseen (Grafana's `$__rate_interval`).
 *
 * @param stepSeconds the step of a chart; left out for a single value
 */
export function rateWindow(scrapeSeconds: number, stepSeconds = 0): number {
  return Math.ceil(Math.max(4 * scrapeSeconds, stepSeconds + scrapeSeconds));
}

export function sumBy(labels: readonly string[], of: Expression): Expression {
  return { promql: labels.length > 0 ? `sum by (${ labels.map(labelName).join(',') }) (${ of.promql })` : `sum(${ of.promql })` };
}

export function maxBy(labels: readonly string[], of: Expression): Expression {
  return { promql: `max by (${ labels.map(labelName).join(',') }) (${ of.promql })` };
}

/** @param buckets must keep the label `le`. */
export function histogramQuantile(quantile: number, buckets: Expression): Expression {
  if (!(quantile > 0 && quantile < 1)) {
    throw new TartwareError({ code: 'PROMQL_QUANTILE_INVALID', message: `${ quantile } is no quantile`, hint: 'Give a number between 0 and 1, such as 0.95.' });
  }

  return { promql: `histogram_quantile(${ quantile }, ${ buckets.promql })` };
}

/**
 * `part / whole`, 0 where the whole is there and the part is not, and no sample at all where the whole is zero: no requests have no error ratio.
 * A series for the 5xx answers exists only after the first of them.
 */
export function ratio(part: Expression, whole: Expression): Expression {
  return { promql: `(${ part.promql } or 0 * ${ whole.promql }) / (${ whole.promql } > 0)` };
}

/** Prometheus' string escapes. The newline is one of them: a raw one ends the string. */
export function escapeString(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

/** Makes a plain value match itself only, in RE2. */
export function escapePattern(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function written(matcher: Matcher): string {
  if (typeof matcher.value === 'string') return matcher.value;
  // `=~""` would match every series without the label, the contrary of "one of none".
  if (matcher.value.length === 0) {
    throw new TartwareError({
      code: 'PROMQL_MATCHER_EMPTY', message: `The label ${ matcher.label } is compared with no value at all.`, hint: 'Give at least one value, or ask without this condition.',
    });
  }

  return matcher.value.map(escapePattern).join('|');
}

function duration(seconds: number): string {
  if (!Number.isInteger(seconds) || seconds < 1) {
    throw new TartwareError({ code: 'PROMQL_DURATION_INVALID', message: `${ seconds } s is no window`, hint: 'Give a whole number of seconds above zero.' });
  }

  return `${ seconds }s`;
}

function metricName(name: string): string {
  return validName(name, METRIC_NAME, 'metric');
}

function labelName(name: string): string {
  return validName(name, LABEL_NAME, 'label');
}

function validName(name: string, pattern: RegExp, what: string): string {
  if (pattern.test(name)) return name;
  throw new TartwareError({
    code: 'PROMQL_NAME_INVALID', message: `${ JSON.stringify(name) } cannot be the name of a ${ what }`, hint: 'Names have letters, digits and underscores, and do not begin with a digit.',
  });
}

/** A span of time and how finely to look at it, in seconds since the epoch. */
export interface TimeRange {
  from: number;
  to: number;
  step: number;
}

/** More points than this do not show more: a chart here is at most 300 pixels' worth of detail. Prometheus itself refuses beyond 11,000. */
export const MOST_POINTS = 300;

/**
 * The range to ask Prometheus for: about a point per pixel and at most 300, never finer than the scrapes,
 * both ends on multiples of the step so that the next poll asks for the same points again.
 *
 * @param scrapeSeconds how often the series gets a sample
 */
export function rangeStep(from: number, to: number, pixels: number, scrapeSeconds = 5): TimeRange {
  if (!(from < to && Number.isFinite(to - from))) {
    throw new TartwareError({ code: 'TIME_RANGE_INVALID', message: 'The time range ends before it begins.', hint: 'Choose an end after the start.' });
  }
  const points = Math.max(2, Math.min(MOST_POINTS, Math.floor(pixels)));
  const step = Math.max(1, Math.ceil(scrapeSeconds), Math.ceil((to - from) / (points - 1)));
  const end = Math.floor(to / step) * step;

  return { from: Math.min(end, Math.ceil(from / step) * step), to: end, step };
}
