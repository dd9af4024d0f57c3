/** What the generator writes at the end of a run, see locust/locustfile.py. */
import { LoadTestError } from './errors.ts';
import type { Buckets } from './percentiles.ts';

export interface EndpointResult {
  name: string;
  requests: number;
  failures: number;
  slowest_ms: number;
  /** From the moment a request was due. */
  response_ms: Buckets;
  /** From the moment it was sent. */
  service_ms: Buckets;
}

export interface GeneratorResult {
  engine: string;
  /** Requests that were begun, begun more than 50 ms after they were due, and given up because they were too late. */
  started: number;
  late: number;
  dropped: number;
  worst_late_ms: number;
  /** Of one core, that of the busiest process; 1 is all of it. */
  cpu: number;
  endpoints: EndpointResult[];
  errors: { name: string; error: string; occurrences: number }[];
}

/** @throws LoadTestError RESULT_MALFORMED */
export function parseResult(text: string): GeneratorResult {
  const result: unknown = parsed(text);

  if (!isRecord(result) || !NUMBERS.every((key) => typeof result[key] === 'number') || !Array.isArray(result.endpoints) || !Array.isArray(result.errors)) throw malformed();
  const [started = 0, late = 0, dropped = 0, worst_late_ms = 0, cpu = 0] = NUMBERS.map((key) => Number(result[key]));

  return { engine: String(result.engine), started, late, dropped, worst_late_ms, cpu, endpoints: result.endpoints.map(endpointOf), errors: result.errors.map(errorOf) };
}

const NUMBERS = ['started', 'late', 'dropped', 'worst_late_ms', 'cpu'] as const;

function endpointOf(entry: unknown): EndpointResult {
  if (!isRecord(entry) || typeof entry.requests !== 'number' || typeof entry.failures !== 'number' || typeof entry.slowest_ms !== 'number') throw malformed();

  return {
    name: String(entry.name),
    requests: entry.requests,
    failures: entry.failures,
    slowest_ms: entry.slowest_ms,
    response_ms: bucketsOf(entry.response_ms),
    service_ms: bucketsOf(entry.service_ms),
  };
}

function errorOf(entry: unknown): GeneratorResult['errors'][number] {
  if (!isRecord(entry) || typeof entry.occurrences !== 'number') throw malformed();

  return { name: String(entry.name), error: String(entry.error), occurrences: entry.occurrences };
}

function bucketsOf(value: unknown): Buckets {
  if (!isRecord(value)) throw malformed();

  return new Map(Object.entries(value).map(([middle, count]) => {
    if (!Number.isFinite(Number(middle)) || typeof count !== 'number') throw malformed();

    return [Number(middle), count];
  }));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw malformed(error);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function malformed(cause?: unknown): LoadTestError {
  return new LoadTestError('RESULT_MALFORMED', 'The generator left a result that cannot be read.', 'Is the disk full? Otherwise this is a fault of loadtest/locust/locustfile.py.', { cause });
}
