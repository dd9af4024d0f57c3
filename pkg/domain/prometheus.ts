import { TartwareError } from './errors.ts';
import { isRecord, recordAt, stringAt, stringsAt } from './json.ts';
import type { JsonRecord } from './json.ts';

/**
 * A figure from Prometheus. `absent`: there is no such series (not installed, not scraped, nothing happened yet);
 * `undefined`: the series is there and its value is no number (a division by no requests). Neither is a zero.
 */
export type Reading = { state: 'measured'; value: number } | { state: 'undefined' } | { state: 'absent' };

export interface Sample {
  labels: Record<string, string>;
  /** Milliseconds since the epoch. */
  time: number;
  /** null for NaN and the infinities, which a histogram gives for its last bucket or for no requests. */
  value: number | null;
}

export interface Series {
  labels: Record<string, string>;
  points: [time: number, value: number | null][];
}

/** What Prometheus adds to an answer that is not wrong but not all it seems. */
interface Remarks {
  warnings: string[];
}

export interface VectorAnswer extends Remarks { samples: Sample[] }
export interface MatrixAnswer extends Remarks { series: Series[] }

/** The answer of `/api/v1/query`. @throws TartwareError PROMETHEUS_REFUSED or PROMETHEUS_MALFORMED */
export function parseVector(answer: unknown): VectorAnswer {
  const { result, warnings } = parseAnswer(answer, 'vector');

  return { warnings, samples: result.map((entry) => ({ labels: stringsAt(entry, 'metric'), ...sampleOf(entry.value) })) };
}

/** The answer of `/api/v1/query_range`. @throws TartwareError PROMETHEUS_REFUSED or PROMETHEUS_MALFORMED */
export function parseMatrix(answer: unknown): MatrixAnswer {
  const { result, warnings } = parseAnswer(answer, 'matrix');

  return { warnings, series: result.map((entry) => ({ labels: stringsAt(entry, 'metric'), points: pointsOf(entry.values) })) };
}

/** The sample whose labels include all of these. */
export function readingOf({ samples }: VectorAnswer, labels: Record<string, string> = {}): Reading {
  const sample = samples.find((one) => Object.entries(labels).every(([name, value]) => one.labels[name] === value));

  if (!sample) return { state: 'absent' };

  return sample.value === null ? { state: 'undefined' } : { state: 'measured', value: sample.value };
}

/** The same points with a null where samples are missing, so that a line breaks instead of bridging what nobody measured. */
export function withGaps(points: Series['points'], stepSeconds: number): Series['points'] {
  const step = stepSeconds * 1000;

  return points.flatMap((point, index) => {
    const before = points[index - 1];

    return before && point[0] - before[0] > step * 1.5 ? [[before[0] + step, null] as [number, null], point] : [point];
  });
}

function parseAnswer(answer: unknown, expected: 'vector' | 'matrix'): { result: JsonRecord[]; warnings: string[] } {
  if (!isRecord(answer)) throw malformed('it is no JSON object');
  if (answer.status === 'error') throw refused(answer);
  const data = recordAt(answer, 'data');

  if (answer.status !== 'success') throw malformed('it has no status');
  if (data.resultType !== expected) throw malformed(`it holds ${ JSON.stringify(data.resultType) ?? 'nothing' } where a ${ expected } was asked for`);
  if (!Array.isArray(data.result) || !data.result.every(isRecord)) throw malformed('its result is no list of series');

  return {
    result: data.result,
    warnings: Array.isArray(answer.warnings) ? answer.warnings.filter((warning): warning is string => typeof warning === 'string') : [],
  };
}

function pointsOf(values: unknown): Series['points'] {
  if (!Array.isArray(values)) throw malformed('a series has no values');

  return values.map((pair) => {
    const { time, value } = sampleOf(pair);

    return [time, value];
  });
}

/** `[seconds, "text"]`: the value is text because JSON has no NaN. */
function sampleOf(pair: unknown): { time: number; value: number | null } {
  const [seconds, text]: unknown[] = Array.isArray(pair) ? pair : [];

  if (typeof seconds !== 'number' || typeof text !== 'string') throw malformed('a sample is no pair of time and value');
  const value = text.trim() === '' ? Number.NaN : Number(text);

  if (Number.isNaN(value) && !/^[+-]?(NaN|Inf)$/.test(text)) throw malformed(`${ JSON.stringify(text.slice(0, 40)) } is no value`);

  return { time: Math.round(seconds * 1000), value: Number.isFinite(value) ? value : null };
}

function refused(answer: JsonRecord): TartwareError {
  return new TartwareError({
    code: 'PROMETHEUS_REFUSED',
    message: `Prometheus refused the query: ${ stringAt(answer, 'error') ?? 'it gave no reason' } (${ stringAt(answer, 'errorType') ?? 'unknown' })`,
    hint: 'Choose a shorter time range if it timed out; otherwise report this with the text above.',
  });
}

function malformed(what: string): TartwareError {
  return new TartwareError({
    code: 'PROMETHEUS_MALFORMED',
    message: `The answer is none of Prometheus: ${ what }.`,
    hint: 'Does something else listen under the name of Prometheus? Check the monitoring endpoint.',
  });
}
